// Boots Pyodide plainly in a worker, and asks the core the question the site asks first.
const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
globalThis.pycm = {
  ready: new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.result ? resolve(data.result) : reject(new Error(JSON.stringify(data))));
    worker.onerror = (event) => reject(new Error(event.message));
  }),
};
