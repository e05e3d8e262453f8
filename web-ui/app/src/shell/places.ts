// The places of the app, in the order in which people need them.
import type { IconName } from "../parts/icon";
import type { Word } from "../words/say";

export interface Place {
  path: string;
  icon: IconName;
  word: Word;
}

export const TODAY: Place = { path: "/", icon: "today", word: "place_today" };
export const ORDERS: Place = { path: "/orders", icon: "orders", word: "place_orders" };
export const STOCK: Place = { path: "/stock", icon: "stock", word: "place_stock" };
export const LABELS: Place = { path: "/labels", icon: "labels", word: "place_labels" };
export const SENSORS: Place = { path: "/sensors", icon: "sensors", word: "place_sensors" };
export const LINK: Place = { path: "/link", icon: "link", word: "place_link" };
export const SETTINGS: Place = { path: "/settings", icon: "settings", word: "place_settings" };
export const SCAN: Place = { path: "/scan", icon: "scan", word: "place_scan" };
export const MORE: Place = { path: "/more", icon: "more", word: "place_more" };

export const RAIL: readonly Place[] = [TODAY, ORDERS, STOCK, LABELS, SENSORS, LINK];
export const RAIL_FOOT: readonly Place[] = [SCAN, SETTINGS];
export const BAR: readonly Place[] = [TODAY, ORDERS, SCAN, STOCK, MORE];
export const UNDER_MORE: readonly Place[] = [LABELS, SENSORS, LINK, SETTINGS];

export function placeAt(path: string): Place | undefined {
  return [...RAIL, ...RAIL_FOOT, ...BAR].find((place) => place.path === path);
}
