// Keeps the order of a list still while somebody is at it. The wanted order is taken over at once
// when nobody points at, scrolls or walks through the list; else it waits, and the list says how
// many rows are new, so that a row never slips away from under a finger.
import { useEffect, useReducer, useRef } from "preact/hooks";
import type { RefObject } from "preact";

const QUIET_MS = 2500;
const LOOK_MS = 500;

export interface Settled {
  /** The keys to draw, in the order to draw them. */
  keys: readonly string[];
  /** Keys that are drawn although they no longer belong to the list. */
  gone: ReadonlySet<string>;
  /** How many rows wait to be shown, and whether anything at all waits. */
  fresh: number;
  waits: boolean;
  apply: () => void;
}

const NONE: ReadonlySet<string> = new Set();

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, index) => key === b[index]);
}

function useQuiet(place: RefObject<HTMLElement>): () => boolean {
  const touched = useRef(0);
  const inside = useRef(false);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const stop = new AbortController();
    const touch = (): void => {
      touched.current = Date.now();
    };
    const options = { signal: stop.signal, passive: true, capture: true };
    for (const name of ["pointerdown", "pointermove", "wheel", "touchmove", "keydown"])
      element.addEventListener(name, touch, options);
    element.addEventListener("pointerenter", (event) => {
      inside.current = event.pointerType === "mouse";
    }, { signal: stop.signal });
    element.addEventListener("pointerleave", () => {
      inside.current = false;
    }, { signal: stop.signal });
    return () => stop.abort();
  }, [place]);
  return () => {
    const walked = place.current?.querySelector(".row:focus-visible") ?? null;
    return !inside.current && walked === null && Date.now() - touched.current > QUIET_MS;
  };
}

/** scope names the filter: when it changes, the person asked for another list and gets it. */
export function useSettled(
  wanted: readonly string[], scope: string, place: RefObject<HTMLElement>,
): Settled {
  const quiet = useQuiet(place);
  const shown = useRef<readonly string[]>(wanted);
  const shownScope = useRef(scope);
  const empty = useRef(true);
  const [, draw] = useReducer((count: number) => count + 1, 0);

  const take = (): void => {
    shown.current = wanted;
    shownScope.current = scope;
    empty.current = wanted.length === 0;
  };
  if (scope !== shownScope.current || empty.current) take();
  let waits = !same(shown.current, wanted);
  if (waits && quiet()) {
    take();
    waits = false;
  }
  useEffect(() => {
    if (!waits) return undefined;
    const timer = setInterval(() => (quiet() ? draw(undefined) : undefined), LOOK_MS);
    return () => clearInterval(timer);
  }, [waits]);

  const apply = (): void => {
    take();
    draw(undefined);
  };
  if (!waits) return { keys: shown.current, gone: NONE, fresh: 0, waits, apply };
  const now = new Set(shown.current);
  const still = new Set(wanted);
  const fresh = wanted.reduce((count, key) => count + (now.has(key) ? 0 : 1), 0);
  const gone = new Set(shown.current.filter((key) => !still.has(key)));
  return { keys: shown.current, gone, fresh, waits, apply };
}
