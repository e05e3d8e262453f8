// How message files go into the bundle. English as it is; every other language as a list of its
// texts in the order of en.json, because the names would weigh as much as the words.
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

export const words = {
  name: "words",
  setup(build) {
    build.onLoad({ filter: /[\\/]words[\\/]\w+\.json$/ }, ({ path }) => {
      const messages = JSON.parse(readFileSync(path, "utf8"));
      if (basename(path) === "en.json")
        return { contents: `export default ${JSON.stringify(messages)}`, loader: "js" };
      const english = join(dirname(path), "en.json");
      const order = Object.keys(JSON.parse(readFileSync(english, "utf8")));
      const texts = order.map((word) => messages[word] ?? null);
      return {
        contents: `export default ${JSON.stringify(texts)}`, loader: "js", watchFiles: [english],
      };
    });
  },
};
