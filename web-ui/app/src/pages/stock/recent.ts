// The products this browser looked at last, so that the place is useful before anybody types.
import { Cell } from "../../cell";

const STORED = "backroom.recent";
const RECENT_MAX = 12;

function read(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(STORED) ?? "[]");
    if (!Array.isArray(kept)) return [];
    return kept.filter((each): each is string => typeof each === "string").slice(0, RECENT_MAX);
  } catch {
    return [];
  }
}

export const recentProducts = new Cell<readonly string[]>(read());

export function remember(sku: string): void {
  // A product that is already in the list keeps its place: nothing moves under the pointer.
  if (recentProducts.value.includes(sku)) return;
  const next = [sku, ...recentProducts.value].slice(0, RECENT_MAX);
  recentProducts.set(next);
  try {
    localStorage.setItem(STORED, JSON.stringify(next));
  } catch {
    // Without storage the list lives as long as the page.
  }
}
