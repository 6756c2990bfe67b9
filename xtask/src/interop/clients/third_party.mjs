// A conversation through the package `openclaw-node`. Arguments: the folder of the library and the
// URL; the token is in the environment. Prints one line of JSON: what was streamed, and what was
// said at once.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules, url] = process.argv.slice(2);
const { TOKEN: token } = process.env;
const entry = createRequire(`${modules}/here.js`).resolve("openclaw-node");
const loaded = await import(pathToFileURL(entry));
const { OpenClawClient } = loaded.OpenClawClient ? loaded : loaded.default;

const client = new OpenClawClient({ url, token, autoReconnect: false });
await client.connect();
const chunks = [];
for await (const chunk of client.chat("hi", { sessionKey: "agent:main:third" })) {
  chunks.push(chunk);
  if (chunk.type === "error") break;
}
const sync = await client.chatSync("hi", { sessionKey: "agent:main:third" });
await client.disconnect();
const text = chunks.filter((chunk) => chunk.type === "text");
console.log(
  JSON.stringify({
    pieces: text.length,
    text: text.map((chunk) => chunk.text).join(""),
    types: [...new Set(chunks.map((chunk) => chunk.type))],
    sync,
  }),
);
