// The way around: a rail on the left where there is room, a bar at the bottom on a phone. Badges
// count only what needs somebody.
import type { JSX } from "preact";

import { useCell } from "../cell";
import { connection } from "../live/connection";
import { useNoun } from "../live/nouns";
import type { LinkRow, StatusRow } from "../live/rows";
import { Icon } from "../parts/icon";
import { useMedia } from "../parts/media";
import { route } from "../route";
import { number } from "../words/format";
import { say } from "../words/say";
import { BAR, isWithin, RAIL, RAIL_FOOT, UNDER_MORE } from "./places";
import type { Place } from "./places";

interface Badge {
  count: number;
  tone: "problem" | "attention";
  text: string;
}

function badgeOf(place: Place, status: StatusRow | undefined): Badge | null {
  const counts = status?.counts ?? {};
  const late = counts.orders_overdue ?? 0;
  const failed = counts.labels_failed ?? 0;
  const alarms = counts.alarms ?? 0;
  const stale = counts.sensors_stale ?? 0;
  const badges: Record<string, Badge> = {
    "/orders": { count: late, tone: "problem", text: say("badge_late", { count: late }) },
    "/labels": { count: failed, tone: "attention", text: say("badge_failed", { count: failed }) },
    "/sensors": alarms > 0
      ? { count: alarms, tone: "problem", text: say("badge_alarms", { count: alarms }) }
      : { count: stale, tone: "attention", text: say("badge_silent", { count: stale }) },
    "/more": moreBadge(failed, alarms, stale),
  };
  const badge = badges[place.path];
  return badge !== undefined && badge.count > 0 ? badge : null;
}

function moreBadge(failed: number, alarms: number, stale: number): Badge {
  const count = failed + alarms + stale;
  return { count, tone: alarms > 0 ? "problem" : "attention", text: say("badge_more", { count }) };
}

function current(place: Place, path: string): boolean {
  if (isWithin(place, path)) return true;
  // On a phone the bar has no more than its own places.
  return place.path === "/more" && UNDER_MORE.some((each) => each.path === path)
    && !BAR.some((each) => isWithin(each, path));
}

interface LinkProps {
  place: Place;
  status: StatusRow | undefined;
}

function PlaceLink({ place, status }: LinkProps): JSX.Element {
  const { path } = useCell(route);
  const badge = badgeOf(place, status);
  return (
    <a class={`place place-${place.icon}`} href={place.path}
      aria-current={current(place, path) ? "page" : undefined}>
      <span class="place-icon"><Icon name={place.icon} size={22} /></span>
      <span class="place-word">{say(place.word)}</span>
      {badge !== null && (
        <span class={`badge tone-${badge.tone}`}>
          <span aria-hidden="true">{number(badge.count)}</span>
          <span class="seen-by-readers">{badge.text}</span>
        </span>
      )}
    </a>
  );
}

function linkWord(link: LinkRow | undefined): string {
  if (link === undefined) return say("hq_unknown");
  return { up: say("hq_up"), down: say("hq_down"), off: say("hq_off") }[link.state];
}

function Lines(): JSX.Element {
  const line = useCell(connection.line);
  const link = useNoun("link").rows.get("hq");
  const nodeUp = line.state === "up";
  return (
    <ul class="lines">
      <li class={nodeUp ? "line line-up" : "line line-away"}>
        <i /><span>{say(nodeUp ? "node_live" : "node_not_live")}</span>
      </li>
      <li class={`line line-hq line-hq-${link?.state ?? "off"}`}>
        <i /><span>{linkWord(link)}</span>
      </li>
    </ul>
  );
}

export function Rail(): JSX.Element {
  const phone = useMedia("(max-width: 639px)");
  const hello = useCell(connection.hello);
  const status = useNoun("status").rows.get("store");
  if (phone)
    return (
      <nav class="bar" aria-label={say("places")}>
        {BAR.map((place) => <PlaceLink key={place.path} place={place} status={status} />)}
      </nav>
    );
  return (
    <nav class="rail" aria-label={say("places")}>
      <div class="brand">
        <span class="brand-mark" aria-hidden="true">B</span>
        <span class="brand-words">
          <strong>{hello?.name ?? say("brand")}</strong>
          <small>{hello === null ? "" : say("store_number", { store: hello.store })}</small>
        </span>
      </div>
      {RAIL.map((place) => <PlaceLink key={place.path} place={place} status={status} />)}
      <div class="rail-foot">
        {RAIL_FOOT.map((place) => <PlaceLink key={place.path} place={place} status={status} />)}
        <Lines />
      </div>
    </nav>
  );
}
