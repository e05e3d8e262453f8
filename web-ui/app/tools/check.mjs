// Rules of this folder that a type checker does not know. Every fault is one line on stderr.
//   words   every word people read comes from a message file; the files agree with each other
//   node    each word of the node's contract that people meet has its own in en.json
//   safety  text is never set as HTML, nothing is loaded from outside, no inline style or script
//   form    lines of at most 100 columns, no leftovers
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const COLUMNS_MAX = 100;
const LINES_MAX = 400;
let faults = 0;

function complain(file, line, text) {
  faults++;
  console.error(`${relative(ROOT, file)}:${line}: ${text}`);
}

function filesOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesOf(path) : [path];
  });
}

const FORBIDDEN = [
  [/dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write/, "sets HTML"],
  [/\beval\(|new Function\(/, "runs text as a program"],
  [/https?:\/\/(?!www\.w3\.org\/2000\/svg)/, "names an address outside"],
  [/url\(\s*['"]?(?:https?:)?\/\//, "loads from outside"],
  [/console\.(?:log|debug|info)/, "leaves a trace for developers"],
  [/\b(?:TODO|FIXME|XXX|HACK)\b/, "leaves work behind"],
  [/:\s*any\b|\bas any\b|@ts-(?:ignore|nocheck|expect-error)/, "goes around the types"],
  [/\bdebugger\b/, "stops the browser"],
  [/\t/, "has a tab"],
  [/\s+$/, "ends in a space"],
];

function checkLines(file, text) {
  const lines = text.split("\n");
  lines.forEach((line, index) => {
    if (line.length > COLUMNS_MAX && !file.endsWith(".json") && !/^ {2}\w+: "M/.test(line))
      complain(file, index + 1, `is ${line.length} columns wide, allowed are ${COLUMNS_MAX}`);
    for (const [pattern, what] of FORBIDDEN)
      if (pattern.test(line)) complain(file, index + 1, what);
  });
  if (lines.length > LINES_MAX && !file.endsWith(".json") && !file.endsWith(".css"))
    complain(file, lines.length, `is longer than ${LINES_MAX} lines`);
}

// The attributes whose text people read or hear.
const SPOKEN = new Set(["aria-label", "title", "placeholder", "alt", "label"]);

/** What stands on a key or is typed into a terminal is the same in every language. */
function isSign(node) {
  const { parent } = node;
  return ts.isJsxElement(parent) && ["kbd", "code"].includes(parent.openingElement.tagName.getText());
}

/** Words written into the source instead of a message file, and the messages that it uses. */
function checkWords(file, text, used) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2021, true, ts.ScriptKind.TSX);
  const lineOf = (node) => source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  const visit = (node) => {
    if (ts.isJsxText(node) && !isSign(node) && /\p{L}{2,}/u.test(node.text))
      complain(file, lineOf(node), `words outside the message files: ${node.text.trim()}`);
    if (ts.isJsxAttribute(node) && SPOKEN.has(node.name.getText())
      && node.initializer !== undefined && ts.isStringLiteral(node.initializer)
      && /\p{L}{3,}/u.test(node.initializer.text) && !/\d/.test(node.initializer.text))
      complain(file, lineOf(node), `words outside the message files: ${node.initializer.text}`);
    if (ts.isStringLiteralLike(node)) used.texts.add(node.text);
    if (ts.isTemplateExpression(node)) used.prefixes.add(node.head.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
}

function namesIn(message) {
  const texts = typeof message === "string" ? [message] : Object.values(message);
  const names = texts.flatMap((text) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]));
  return [...new Set(names)].sort().join(" ");
}

function checkMessages(used) {
  const folder = join(ROOT, "src/words");
  const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
  const en = read("en.json");
  for (const word of Object.keys(en)) {
    const prefixed = [...used.prefixes].some((prefix) => prefix !== "" && word.startsWith(prefix));
    if (!used.texts.has(word) && !prefixed)
      complain(join(folder, "en.json"), 1, `${word} is not used`);
  }
  for (const name of readdirSync(folder).filter((each) => each.endsWith(".json"))) {
    const messages = read(name);
    const file = join(folder, name);
    const rules = new Intl.PluralRules(name.slice(0, 2));
    // The forms that counts of a store really have; Italian has one more for whole millions.
    const forms = new Set(["other"]);
    for (let count = 0; count < 1000; count++) forms.add(rules.select(count));
    for (const word of Object.keys(en))
      if (!(word in messages)) complain(file, 1, `${word} is missing`);
    for (const [word, message] of Object.entries(messages)) {
      if (!(word in en)) complain(file, 1, `${word} is not in en.json`);
      else if (namesIn(message) !== namesIn(en[word]))
        complain(file, 1, `${word} fills in other names than en.json`);
      if (typeof message !== "string")
        for (const form of forms)
          if (!(form in message)) complain(file, 1, `${word} has no form "${form}"`);
    }
  }
}

/** The values of the enum that follows `where` in the node's API description. */
function enumBehind(text, where) {
  const at = text.search(where);
  const rest = at < 0 ? "" : text.slice(at);
  const found = /enum:\s*(?:\[([^\]]*)\]|((?:\s*- [\w.]+\n)+))/.exec(rest);
  return (found?.[1] ?? found?.[2] ?? "").split(/[\s,-]+/).filter((value) => value !== "");
}

// Where the values stand, and what the words made of them begin with. An alarm's words are its own.
const SPOKEN_VALUES = [
  [/what:\n\s+type: string\n\s+enum:\n\s+- orders_overdue/, "what_", ["alarm"]],
  [/kind:\n\s+type: string\n\s+enum:\n\s+\[other, receive/, "move_", []],
  [/\n {4}Task:\n/, "task_", []],
  [/enum: \[regular, promotion, override, held\]/, "price_", []],
  [/enum: \[reservation, rights\]/, "breach_", []],
  [/enum: \[announced, receiving/, "delivery_", []],
  [/enum: \[sent, confirmed/, "transfer_", []],
  [/enum: \[open, closed/, "count_state_", []],
];

function checkContract() {
  const en = JSON.parse(readFileSync(join(ROOT, "src/words/en.json"), "utf8"));
  const yaml = join(ROOT, "../openapi.yaml");
  const contract = join(ROOT, "../../node/asyncapi.json");
  const text = readFileSync(yaml, "utf8");
  const { schemas } = JSON.parse(readFileSync(contract, "utf8")).components;
  const need = (file, values, prefix, without = []) => {
    if (values.length === 0) complain(file, 1, `no values for ${prefix}…`);
    for (const value of values.filter((each) => !without.includes(each)))
      if (!(`${prefix}${value}` in en)) complain(file, 1, `${prefix}${value} is not in en.json`);
  };
  for (const [where, prefix, without] of SPOKEN_VALUES)
    need(yaml, enumBehind(text, where), prefix, without);
  // What an order came into is said by its state's word, everything else by one of its own.
  for (const step of enumBehind(text, /description: What happened to the order/))
    if (!["line_offered", "movements"].includes(step) && !(`order_${step}` in en))
      need(yaml, [step], "step_");
  const moved = schemas["event.stock.moved"].properties;
  const offered = schemas["event.order.offered"].properties;
  need(contract, schemas.answer.properties.code.enum, "refused_");
  need(contract, [...moved.bucket.enum, "reserved", "rights"], "bucket_");
  need(contract, moved.kind.enum, "move_");
  need(contract, schemas["event.order.accepted"].properties.state.enum, "order_");
  need(contract, offered.method.enum, "method_");
  need(contract, offered.channel.enum, "channel_");
  need(contract, schemas["command.task.create"].properties.kind.enum, "task_");
}

/** An address that the build does not list works until somebody reloads the page. */
function checkAddresses() {
  const pages = join(ROOT, "src/shell/pages.ts");
  const listed = readFileSync(join(ROOT, "tools/build.mjs"), "utf8");
  const places = [...readFileSync(pages, "utf8").matchAll(/^ {2}"(\/[a-z/]*)": \(\) =>/gm)];
  if (places.length === 0) complain(pages, 1, "names no page");
  for (const [, place] of places)
    if (!listed.includes(`"${place}"`)) complain(pages, 1, `${place} is not in tools/build.mjs`);
}

const used = { texts: new Set(), prefixes: new Set() };
for (const file of filesOf(join(ROOT, "src"))) {
  const text = readFileSync(file, "utf8");
  checkLines(file, text);
  if (/\.tsx?$/.test(file)) checkWords(file, text, used);
}
checkMessages(used);
checkContract();
checkAddresses();
if (/<style|<script(?! type="module" src=)|style=|\son\w+=/.test(
  readFileSync(join(ROOT, "index.html"), "utf8")))
  complain(join(ROOT, "index.html"), 1, "has an inline style or script");
if (faults > 0) {
  console.error(`${faults} faults`);
  process.exitCode = 1;
}
