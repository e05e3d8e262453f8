// Where a product stands in the store, as people say it: department, aisle 4, bay 2, shelf 3.
import type { Position } from "../live/rows";
import { say } from "../words/say";

export function placeText(place: Position): string {
  const parts: string[] = [];
  if (place.department) parts.push(place.department);
  if (place.aisle) parts.push(say("at_aisle", { name: place.aisle }));
  if (place.bay) parts.push(say("at_bay", { name: place.bay }));
  if (place.shelf) parts.push(say("at_shelf", { name: place.shelf }));
  if (place.position) parts.push(say("at_position", { name: place.position }));
  return parts.join(" · ");
}
