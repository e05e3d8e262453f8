// Ids that people may have to say or type. The letters leave out those that look like digits.
import { newId } from "../live/command";

const LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const LENGTH = 8;

/** 40 bits: no two of one store's orders meet. */
export function shortId(prefix: string): string {
  const hex = newId().replace(/-/g, "");
  let id = prefix;
  for (let at = 0; at < LENGTH; at++)
    id += LETTERS[parseInt(hex.slice(2 * at, 2 * at + 2), 16) % LETTERS.length];
  return id;
}
