// Prints what nsfwjs' own models say of pictures, as JSON: node reference.mjs FOLDER < pictures.json
// FOLDER has the npm packages nsfwjs, @tensorflow/tfjs and its backend of WebAssembly, which is far
// quicker than the one of plain JavaScript. Pictures: {model: {size, files: [path]}},
// each file RGB, eight bits, size x size pixels.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const required = createRequire(pathToFileURL(join(folder, "package.json")));
const tf = required("@tensorflow/tfjs");
required("@tensorflow/tfjs-backend-wasm");
const nsfwjs = required("nsfwjs");
await tf.setBackend("wasm");
await tf.ready();
console.info = () => {};
console.warn = () => {};

const answers = {};
for (const [name, { size, files }] of Object.entries(JSON.parse(readFileSync(0, "utf-8")))) {
  const model = await nsfwjs.load(name);
  answers[name] = files.map((path) => {
    const pixels = tf.tensor3d(new Uint8Array(readFileSync(path)), [size, size, 3], "int32");
    return Array.from(model.infer(pixels).dataSync());
  });
}
process.stdout.write(JSON.stringify(answers));
