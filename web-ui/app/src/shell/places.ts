// The places of the app, in the order in which people need them.
import type { IconName } from "../parts/icon";
import type { Word } from "../words/say";

export interface Place {
  path: string;
  icon: IconName;
  word: Word;
}

export const TODAY: Place = { path: "/", icon: "today", word: "place_today" };
export const TASKS: Place = { path: "/tasks", icon: "check", word: "place_tasks" };
export const ORDERS: Place = { path: "/orders", icon: "orders", word: "place_orders" };
export const PLACE: Place = { path: "/orders/new", icon: "plus", word: "new_order" };
export const PICKING: Place = { path: "/picking", icon: "shelf", word: "place_picking" };
export const RETURNS: Place = { path: "/returns", icon: "undo", word: "bring_back" };
export const STOCK: Place = { path: "/stock", icon: "stock", word: "place_stock" };
export const DELIVERIES: Place = {
  path: "/deliveries", icon: "receive", word: "place_deliveries",
};
export const COUNTS: Place = { path: "/counts", icon: "count", word: "place_counts" };
export const TRANSFERS: Place = { path: "/transfers", icon: "send", word: "place_transfers" };
export const TILLS: Place = { path: "/tills", icon: "sale", word: "place_tills" };
export const PRICES: Place = { path: "/prices", icon: "clock", word: "place_prices" };
export const LABELS: Place = { path: "/labels", icon: "labels", word: "place_labels" };
export const SENSORS: Place = { path: "/sensors", icon: "sensors", word: "place_sensors" };
export const LINK: Place = { path: "/link", icon: "link", word: "place_link" };
export const SETTINGS: Place = { path: "/settings", icon: "settings", word: "place_settings" };
export const SCAN: Place = { path: "/scan", icon: "scan", word: "place_scan" };
export const MORE: Place = { path: "/more", icon: "more", word: "place_more" };

export const RAIL: readonly Place[] =
  [TODAY, TASKS, ORDERS, PICKING, STOCK, DELIVERIES, COUNTS, LABELS, SENSORS, LINK];
export const RAIL_FOOT: readonly Place[] = [SCAN, SETTINGS];
export const BAR: readonly Place[] = [TODAY, ORDERS, SCAN, STOCK, MORE];
export const UNDER_MORE: readonly Place[] = [
  TASKS, PLACE, PICKING, RETURNS, DELIVERIES, COUNTS, TRANSFERS, TILLS, PRICES, LABELS, SENSORS,
  LINK, SETTINGS,
];

export function placeAt(path: string): Place | undefined {
  return [...RAIL, ...RAIL_FOOT, ...BAR, ...UNDER_MORE].find((place) => place.path === path);
}

/** Places that belong to one of the rail, which is marked while they are looked at. */
const WITHIN: Record<string, string> = {
  "/orders/new": "/orders", "/returns": "/orders", "/transfers": "/deliveries",
  "/tills": "/", "/prices": "/stock",
};

export function isWithin(place: Place, path: string): boolean {
  return place.path === path || WITHIN[path] === place.path;
}
