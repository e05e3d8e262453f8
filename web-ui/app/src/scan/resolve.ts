// What a scanned code means. An open form may claim it first; else the node says what it is and
// the page goes there. What nobody knows gets a page that offers the sensible next steps.
import { useEffect, useRef } from "preact/hooks";

import { Cell } from "../cell";
import { connection, Cut } from "../live/connection";
import type { Found } from "../live/rows";
import { tell } from "../parts/tell";
import { go, hrefOf } from "../route";
import { say } from "../words/say";

type Claim = (code: string) => boolean;

const claims: Claim[] = [];
const RECENT_MAX = 10;

export interface Scan {
  code: string;
  found: Found;
  timeMs: number;
}

export const recentScans = new Cell<readonly Scan[]>([]);

/** While the component is there, scans are offered to it first; the newest claim goes first. */
export function useScanClaim(claim: Claim): void {
  const current = useRef(claim);
  current.current = claim;
  useEffect(() => {
    const each: Claim = (code) => current.current(code);
    claims.push(each);
    return () => {
      claims.splice(claims.indexOf(each), 1);
    };
  }, []);
}

const PLACES = {
  product: { path: "/stock", part: "product" },
  label: { path: "/labels", part: "label" },
  order: { path: "/orders", part: "order" },
} as const;

export function hrefOfFound(found: Found): string | null {
  // A newer node may know kinds of codes that this page has no place for.
  const known = found.kind !== "unknown" && Object.hasOwn(PLACES, found.kind);
  if (!known || found.key === undefined) return null;
  const place = PLACES[found.kind as keyof typeof PLACES];
  return hrefOf(place.path, { [place.part]: found.key });
}

export function ask(code: string): Promise<Found> {
  return connection.request<Found>("scan", { code });
}

export async function resolveScan(code: string): Promise<void> {
  for (const claim of [...claims].reverse()) if (claim(code)) return;
  try {
    const found = await ask(code);
    recentScans.set([{ code, found, timeMs: Date.now() }, ...recentScans.value]
      .slice(0, RECENT_MAX));
    go(hrefOfFound(found) ?? hrefOf("/scan", { unknown: code }));
  } catch (error) {
    const away = error instanceof Cut;
    tell(say(away ? "scan_away" : "scan_failed", { code }), null, "attention");
  }
}
