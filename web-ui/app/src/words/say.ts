// Every word a person reads comes from a message file: en.json is complete and the others are
// laid over it. A message is text with {names} in it, or one text per plural form.
import { Cell } from "../cell";
import en from "./en.json";

export type Word = keyof typeof en;
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>>;
export type Messages = Partial<Record<Word, string | Plural>>;
export type Values = Record<string, string | number>;

export interface Language {
  tag: string;
  /** What its own speakers call it. */
  name: string;
  dir: "ltr" | "rtl";
  load: () => Promise<Messages>;
}

/** The build turns a language's file into its texts alone, in the order of the English ones. */
function inside(module: { default: unknown }): Messages {
  const texts = module.default as readonly (string | Plural | null)[];
  const names = Object.keys(en) as Word[];
  return Object.fromEntries(names.map((word, at) => [word, texts[at] ?? en[word]]));
}

export const LANGUAGES: readonly Language[] = [
  { tag: "en", name: "English", dir: "ltr", load: () => Promise.resolve(en) },
  { tag: "bg", name: "Български", dir: "ltr", load: () => import("./bg.json").then(inside) },
  { tag: "el", name: "Ελληνικά", dir: "ltr", load: () => import("./el.json").then(inside) },
  { tag: "fa", name: "فارسی", dir: "rtl", load: () => import("./fa.json").then(inside) },
  { tag: "it", name: "Italiano", dir: "ltr", load: () => import("./it.json").then(inside) },
  { tag: "ru", name: "Русский", dir: "ltr", load: () => import("./ru.json").then(inside) },
];

const STORED = "backroom.language";

export const language = new Cell<Language>(LANGUAGES[0]!);
let messages: Messages = en;
let plurals = new Intl.PluralRules("en");

/** The language with the region the person's browser asks for: 14:02 or 2:02 PM. */
export function locale(): string {
  const { tag } = language.value;
  return navigator.languages.find((each) => each.split("-")[0] === tag) ?? tag;
}

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? value.toLocaleString(locale()) : value;
  });
}

export function say(word: Word, values: Values = {}): string {
  const message = messages[word] ?? en[word];
  if (typeof message === "string") return fill(message, values);
  const forms: Plural = message;
  const form = plurals.select(Number(values["count"] ?? 0));
  return fill(forms[form] ?? forms.other ?? "", values);
}

/** A word made from a value of the contract; what is newer than this page is shown as it came. */
export function sayOr(word: string, otherwise: string, values: Values = {}): string {
  return Object.hasOwn(en, word) ? say(word as Word, values) : otherwise;
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

function preferred(): Language {
  const wanted = [stored(), ...navigator.languages];
  for (const tag of wanted) {
    const match = LANGUAGES.find((each) => tag?.split("-")[0] === each.tag);
    if (match !== undefined) return match;
  }
  return LANGUAGES[0]!;
}

export async function setLanguage(next: Language, keep: boolean): Promise<void> {
  messages = await next.load();
  plurals = new Intl.PluralRules(next.tag);
  document.documentElement.lang = next.tag;
  document.documentElement.dir = next.dir;
  if (keep) {
    try {
      localStorage.setItem(STORED, next.tag);
    } catch {
      // A browser that keeps nothing still works; it only forgets the choice.
    }
  }
  language.set(next);
}

export function startWords(): Promise<void> {
  return setLanguage(preferred(), false);
}
