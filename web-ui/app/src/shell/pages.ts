// The page of every place. Each is a part of its own that comes when somebody goes there, so that
// the first look at the store costs little. Between two places the old page stays until the new
// one is here; only after a moment of patience the place says that it is loading.
//
// Once the first page stands, all others are fetched in the quiet behind it: going somewhere then
// works also while the node is away.
import type { ComponentType } from "preact";
import { useEffect, useReducer, useRef } from "preact/hooks";

import { connection } from "../live/connection";

// Faster than this and a "loading" would only flicker.
const PATIENCE_MS = 300;
const QUIET_MS = 400;
// A page that cannot be had although the node is there belongs to an older node: the address is
// opened anew, but never twice in a row.
const RELOADED = "backroom.reloaded";
const RELOAD_REST_MS = 60000;

type Load = () => Promise<ComponentType>;

const PAGES: Record<string, Load> = {
  "/": () => import("../pages/today/today").then((part) => part.Today),
  "/tasks": () => import("../pages/tasks/tasks").then((part) => part.Tasks),
  "/orders": () => import("../pages/orders/orders").then((part) => part.Orders),
  "/orders/new": () => import("../pages/place/place").then((part) => part.Place),
  "/picking": () => import("../pages/picking/picking").then((part) => part.Picking),
  "/returns": () => import("../pages/returns/returns").then((part) => part.Returns),
  "/stock": () => import("../pages/stock/stock").then((part) => part.Stock),
  "/deliveries": () =>
    import("../pages/deliveries/deliveries").then((part) => part.Deliveries),
  "/counts": () => import("../pages/counts/counts").then((part) => part.Counts),
  "/transfers": () => import("../pages/transfers/transfers").then((part) => part.Transfers),
  "/tills": () => import("../pages/tills/tills").then((part) => part.Tills),
  "/prices": () => import("../pages/prices/prices").then((part) => part.Prices),
  "/labels": () => import("../pages/labels/labels").then((part) => part.Labels),
  "/sensors": () => import("../pages/sensors/sensors").then((part) => part.Sensors),
  "/link": () => import("../pages/link/link").then((part) => part.Link),
  "/settings": () => import("../pages/settings/settings").then((part) => part.Settings),
  "/scan": () => import("../pages/scan/scan").then((part) => part.Scan),
  "/more": () => import("../pages/more/more").then((part) => part.More),
};

const loaded = new Map<string, ComponentType>();
const failed = new Set<string>();

export function isPlace(path: string): boolean {
  return Object.hasOwn(PAGES, path);
}

/** Fetches the page of a place. It never throws: whether it is here is asked afterwards. */
export async function loadPage(path: string): Promise<void> {
  const load = isPlace(path) ? PAGES[path] : undefined;
  if (load === undefined || loaded.has(path)) return;
  try {
    loaded.set(path, await load());
    failed.delete(path);
  } catch {
    failed.add(path);
  }
}

/** Fetches what was not looked at yet, one after the other, so that nothing waits behind it. */
async function loadRest(): Promise<void> {
  for (const path of Object.keys(PAGES)) if (connection.up) await loadPage(path);
}

export function startPages(): void {
  const soon = (): unknown => setTimeout(() => void loadRest(), QUIET_MS);
  if (connection.up) soon();
  connection.onUp(soon);
}

/** A browser remembers that a part could not be fetched; only a fresh page asks for it again. */
export function openAnew(): void {
  location.reload();
}

function mayOpenAnew(): boolean {
  try {
    const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
    sessionStorage.setItem(RELOADED, String(Date.now()));
    return Date.now() - last > RELOAD_REST_MS;
  } catch {
    // Without a memory of the last time it could go round for ever.
    return false;
  }
}

export interface Shown {
  /** The place whose page is drawn: for a moment that may still be the one before. */
  path: string;
  page: ComponentType | null;
  phase: "here" | "coming" | "failed";
}

/** The page to draw for a place. */
export function usePage(path: string): Shown {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const before = useRef(path);
  const late = useRef("");
  const page = loaded.get(path);
  useEffect(() => {
    if (page !== undefined || !isPlace(path)) return undefined;
    let left = false;
    const timer = setTimeout(() => {
      late.current = path;
      draw(undefined);
    }, PATIENCE_MS);
    const come = (): void => {
      void loadPage(path).then(() => {
        if (left) return;
        if (failed.has(path) && connection.up && mayOpenAnew()) openAnew();
        else draw(undefined);
      });
    };
    come();
    const stop = connection.onUp(come);
    return () => {
      left = true;
      clearTimeout(timer);
      stop();
    };
  }, [path]);
  if (page !== undefined) {
    before.current = path;
    late.current = "";
    return { path, page, phase: "here" };
  }
  const old = loaded.get(before.current);
  if (failed.has(path)) return { path, page: null, phase: "failed" };
  if (old === undefined || late.current === path) return { path, page: null, phase: "coming" };
  return { path: before.current, page: old, phase: "coming" };
}
