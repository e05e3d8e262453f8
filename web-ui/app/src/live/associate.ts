// Who works at this browser, as they call themselves. It goes along with what they do, and pick
// lists belong to it. There is no log-in behind it: it is a name on a clipboard.
import { Cell } from "../cell";

const STORED = "backroom.associate";
export const ASSOCIATE_BYTES_MAX = 32;

function read(): string {
  try {
    return localStorage.getItem(STORED) ?? "";
  } catch {
    return "";
  }
}

export const associate = new Cell<string>(read());

export function setAssociate(name: string): void {
  const bytes = new TextEncoder();
  let kept = name.trim();
  while (bytes.encode(kept).length > ASSOCIATE_BYTES_MAX) kept = [...kept].slice(0, -1).join("");
  associate.set(kept);
  try {
    localStorage.setItem(STORED, kept);
  } catch {
    // Without storage the name lives as long as the page.
  }
}

/** The member to add to a command; nothing when nobody said who they are. */
export function byAssociate(): Record<string, string> {
  return associate.value === "" ? {} : { associate: associate.value };
}
