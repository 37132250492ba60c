"""Using the page as a visitor does: files, buttons, fields."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser import corpus
from tests.browser.values import from_wave, same, split_call, to_wave


class Hands:
    """One page and what it shows. `problems` collects what differs from what was expected."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.calls = 0

    def find(self, name: str) -> Any:
        return self.page.get_by_test_id(name)

    def give(self, name: str, content: bytes | Path) -> None:
        """Open a file by the button; wait until it is open or refused."""
        file: Any = content if isinstance(content, Path) else {"name": name, "mimeType": "application/wasm", "buffer": content}
        self.find("open-file").set_input_files(file)
        expect(self.find("busy")).to_have_count(0, timeout=60_000)

    def open(self, component: str) -> None:
        """Open a component of the corpus."""
        self.give(component, corpus.file_of(component))
        self.find("tab-component").click()
        expect(self.find("component-panel")).to_contain_text(f"{component}.wasm", timeout=60_000)
        expect(self.find("component-kind")).to_contain_text("component")
        self.calls = 0

    def wit(self) -> str:
        """What the page shows as the component's WIT: all of it by its copy button, since the editor draws only what is in sight."""
        self.find("tab-component").click()
        self.find("part-wit").check(force=True)
        self.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page.get_by_title("Copy the WIT").click()
        expect(self.page.get_by_title("Copy the WIT")).to_contain_text("Copied")
        text: str = self.page.evaluate("() => navigator.clipboard.readText()")
        seen = self.find("component-wit").locator(".cm-line").all_text_contents()
        assert len(seen) > 1 and text.startswith("\n".join(seen[:5]))
        return text

    def choose(self, func: str) -> None:
        self.page.locator("[data-testid=func], [data-testid=do-call]").first.wait_for(state="attached")
        if self.find("func").count() == 0:
            self.find("do-call").check(force=True)
        self.find("func").select_option(func)

    def call(self, func: dict[str, Any], args: list[str]) -> tuple[str, str | None]:
        """Choose, fill in, call: `result` and its text, or `trap` and its message."""
        self.choose(func["path"])
        for param, text in zip(func["params"], args, strict=True):
            self.find(f"wave-{param['name']}").fill(text)
        expect(self.find("call")).to_be_enabled(timeout=30_000)
        self.find("call").click()
        self.calls += 1
        expect(self.find("history")).to_contain_text(
            f"History, {self.calls} call{'' if self.calls == 1 else 's'}", timeout=60_000
        )
        if self.find("trap").count():
            return "trap", self.find("trap").text_content()
        assert self.find("call-error").count() == 0, self.find("call-error").text_content()
        text = self.find("result").text_content()
        return "result", "" if text == "it returned nothing" else text

    def run(self, line: str, stdin: str, files: Path | None) -> dict[str, Any]:
        """Run a command: what the console shows, and the exit code."""
        if self.find("run-card").count() == 0:
            self.find("do-run").check(force=True)
        self.find("argv").fill(line)
        self.find("stdin").fill(stdin)
        if files is not None:
            self.find("run-card").locator("details[data-testid=given-files]").evaluate("details => { details.open = true; }")
            self.find("add-files").set_input_files([path for path in sorted(files.rglob("*")) if path.is_file()])
        self.find("run").click()
        exit = self.find("exit")
        expect(self.find("stop-call")).to_have_count(0, timeout=60_000)
        expect(exit).to_be_visible(timeout=60_000)
        console = self.find("console")
        found = re.search(r"exit code\s*(\d+)", exit.text_content() or "")
        assert found is not None
        return {
            "exit": int(found[1]),
            "stdout": "".join(console.locator("[data-stream=stdout]").all_text_contents()),
            "stderr": "".join(console.locator("[data-stream=stderr]").all_text_contents()),
        }

    def answer_imports(self, answers: dict[str, list[str]]) -> None:
        """Write the answers of imports, in order."""
        self.find("tab-imports").click()
        for func, texts in answers.items():
            self.find(f"answer-{func}-typed").check(force=True)
            if any(texts):
                self.find(f"answers-{func}").fill("\n".join(texts))

    def check_invoke(self, opened: dict[str, Any], test: dict[str, Any]) -> list[str]:
        """As `corpus.check_invoke`, by hand."""
        problems = []
        exports = corpus.functions(opened["exports"])
        for call in test["calls"]:
            name, args = split_call(call["call"])
            func = next(func for func in exports.values() if func["name"] == name)
            ended, text = self.call(func, args)
            if ended != ("trap" if call.get("trap") else "result") or (ended == "result" and text != call["result"]):
                problems.append(f"{call['call']}: expected {call}, found {ended} {text}")
        return problems

    def check_transcript(self, opened: dict[str, Any], test: dict[str, Any]) -> list[str]:
        """As `corpus.check_transcript`, by hand; the page keeps the instance."""
        exports, imports = corpus.functions(opened["exports"]), corpus.functions(opened["imports"])
        answers: dict[str, list[str]] = {}
        for event in test["events"]:
            for call in event.get("calls", []):
                answers.setdefault(call["import"], []).append(to_wave(call.get("result"), imports[call["import"]]["result"]))
        self.answer_imports(answers)
        self.choose(next(iter(exports)))
        self.find("keep-kept").check(force=True)
        problems = []
        for event in test["events"]:
            if "cannot enter" in event.get("trap_note", ""):
                continue  # the page makes a new instance after a trap
            func = exports[event["call"]]
            args = [to_wave(value, param["type"]) for value, param in zip(event["args"], func["params"], strict=True)]
            ended, text = self.call(func, args)
            what = f"{event['call']}{event['args']}"
            if ended != ("trap" if event.get("trap") else "result"):
                problems.append(f"{what}: {ended} {text}")
            elif ended == "result" and not same(from_wave(text or "", func["result"]), event.get("result"), func["result"]):
                problems.append(f"{what}: expected {event.get('result')}, found {text}")
            made = [entry.split("(")[0] for entry in self.page.locator("[data-testid=import-log] li").all_text_contents()]
            expected = [call["import"] for call in event.get("calls", [])]
            if ended == "result" and made != expected:
                problems.append(f"{what}: called {made}, expected {expected}")
        return problems

    def check_run(self, test: dict[str, Any]) -> list[str]:
        """As `corpus.check_run`, by hand. Only for texts."""
        files = None if test["preopen"] is None else corpus.COMPONENTS / "fixtures" / test["preopen"]["fixture"]
        line = " ".join([test["argv0"], *test["args"]])
        found = self.run(line, corpus.stdin_of(test).decode(), files)
        expect = test["expect"]
        pairs = {"exit": expect["exit_code"], "stdout": expect["stdout"], "stderr": expect["stderr"]}
        return [f"{name}: expected {want!r}, found {found[name]!r}" for name, want in pairs.items() if found[name] != want]
