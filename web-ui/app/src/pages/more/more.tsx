// More: on a phone, the places that are not in the bar.
import type { JSX } from "preact";

import { useNoun } from "../../live/nouns";
import type { StatusRow } from "../../live/rows";
import { Icon } from "../../parts/icon";
import { Head, Pane } from "../../parts/page";
import { UNDER_MORE } from "../../shell/places";
import type { Place } from "../../shell/places";
import { number } from "../../words/format";
import { say } from "../../words/say";

function wordsOf(place: Place, status: StatusRow | undefined): string {
  const counts = status?.counts ?? {};
  const failed = counts.labels_failed ?? 0;
  const silent = counts.sensors_stale ?? 0;
  switch (place.path) {
    case "/labels":
      return failed > 0 ? say("badge_failed", { count: failed }) : number(counts.labels ?? 0);
    case "/sensors":
      return silent > 0 ? say("badge_silent", { count: silent }) : number(counts.sensors ?? 0);
    case "/link":
      return status?.link === undefined ? "" : say(`hq_${status.link.state}`);
    default:
      return "";
  }
}

export function More(): JSX.Element {
  const status = useNoun("status").rows.get("store");
  return (
    <Pane name="more">
      <Head title={say("place_more")} />
      <ul class="more">
        {UNDER_MORE.map((place) => (
          <li key={place.path}>
            <a href={place.path}>
              <Icon name={place.icon} size={22} />
              <span>{say(place.word)}</span>
              <span class="quiet">{wordsOf(place, status)}</span>
              <Icon name="next" size={18} />
            </a>
          </li>
        ))}
      </ul>
    </Pane>
  );
}
