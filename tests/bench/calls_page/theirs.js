// Times calls of jco's output, which lies beside this file.
import { calls as component } from "./jco/calls.js";

const functions = { add: component.add, string: component.echoString, bytes: component.echoBytes, items: component.echoItems };
const values = {
  add: [3, 4],
  string: ["twenty bytes of text"],
  bytes: [new Uint8Array(1 << 20).fill(7)],
  items: [Array.from({ length: 1000 }, (_, i) => ({ x: i - 500, y: i / 4, name: `item ${i}` }))],
};
onmessage = ({ data: [name, calls] }) => {
  const call = functions[name];
  const args = values[name];
  const start = performance.now();
  for (let i = 0; i < calls; i++) call(...args);
  postMessage({ value: (performance.now() - start) / 1000 / calls });
};
postMessage({ value: "ready" });
