// Two workers of one page: Python with our library, and JavaScript with jco's output.
const start = (script) => {
  const worker = new Worker(new URL(script, import.meta.url), { type: "module" });
  const once = () =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => ("error" in data ? reject(new Error(data.error)) : resolve(data.value));
      worker.onerror = (event) => reject(new Error(event.message));
    });
  const ready = once();
  return async (name, calls) => {
    await ready;
    const answer = once();
    worker.postMessage([name, calls]);
    return await answer;
  };
};
const sides = { ours: start("./ours.js"), theirs: start("./theirs.js") };
/** Seconds for one call, the mean of `calls`. */
globalThis.measure = (side, name, calls) => sides[side](name, calls);
