import { render } from "preact";
import { App } from "./app";
import { installApi } from "./engine/api";
import { Client } from "./engine/client";
import { Server } from "./serve/server";
import type { ToPage } from "./serve/messages";
import { SiteWorker } from "./serve/worker";
import { isLink } from "./share/link";
import { asFailure } from "./store/engine";
import { Store } from "./store/store";
import { followTitle } from "./title";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/frame.css";
import "./styles/panels.css";
import "./styles/call.css";
import "./styles/run.css";
import "./styles/serve.css";
import "./styles/trace.css";

const root = new URL("./", document.baseURI).href;
const client = new Client({ root });
const site = new SiteWorker(root);
const server = new Server(client, site, root);
site.listen(({ data, ports: [port] }) => {
  const { type, name, ms } = data as ToPage & { type: "wait" };
  if (type === "wait" && port) client.waits(name, ms, (answer) => port.postMessage(answer));
});
installApi(client, server);
const store = new Store(client, server);

const place = document.getElementById("app");
if (!place) throw new Error("the page has no #app");
render(<App store={store} />, place);

// What nobody caught is ours to tell, in words.
addEventListener("unhandledrejection", (event) => {
  store.view.notify("Something went wrong in this page.", { hint: asFailure(event.reason).message, tone: "error" });
});

followTitle(store);
void store.projects.start(location.hash);
void store.offline.start(client);
addEventListener("hashchange", () => {
  if (isLink(location.hash)) void store.projects.openLink(location.hash);
});
