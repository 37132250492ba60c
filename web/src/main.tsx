import { render } from "preact";
import { App } from "./app";
import { installApi } from "./engine/api";
import { Client } from "./engine/client";
import { isLink } from "./share/link";
import { asFailure } from "./store/engine";
import { Store } from "./store/store";
import { followTitle } from "./title";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/frame.css";
import "./styles/panels.css";
import "./styles/call.css";
import "./styles/trace.css";

const client = new Client();
installApi(client);
const store = new Store(client);

const root = document.getElementById("app");
if (!root) throw new Error("the page has no #app");
render(<App store={store} />, root);

// What nobody caught is ours to tell, in words.
addEventListener("unhandledrejection", (event) => {
  store.view.notify("Something went wrong in this page.", { hint: asFailure(event.reason).message, tone: "error" });
});

followTitle(store);
void store.projects.start(location.hash);
addEventListener("hashchange", () => {
  if (isLink(location.hash)) void store.projects.openLink(location.hash);
});
