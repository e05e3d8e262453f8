// The mock node for developing the page: node mock/main.mjs [port]
import { startMock } from "./server.mjs";

const mock = await startMock({ port: Number(process.argv[2] ?? 8091) });
console.log(`mock node at ${mock.url}`);
process.once("SIGINT", () => void mock.close());
