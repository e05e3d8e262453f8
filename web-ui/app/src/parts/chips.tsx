// Filter chips with counts. Each is a link, because the state of a filter lives in the address.
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { hrefWith } from "../route";
import { number } from "../words/format";

export interface Chip {
  /** What stands in the address; "" is the filter a place opens with. */
  value: string;
  word: string;
  count: number;
  tone?: "problem" | "attention" | undefined;
}

interface Props {
  label: string;
  part: string;
  value: string;
  chips: readonly Chip[];
  /** False while nothing has come yet: no count is better than a nought that is none. */
  known: boolean;
}

export function Chips({ label, part, value, chips, known }: Props): JSX.Element {
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    const current = place.current?.querySelector<HTMLElement>("[aria-current]");
    current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [value]);
  return (
    <nav ref={place} class="chips" aria-label={label}>
      {chips.map((chip) => (
        <a key={chip.value} class={`chip${chip.tone && chip.count > 0 ? ` tone-${chip.tone}` : ""}`}
          href={hrefWith({ [part]: chip.value })}
          aria-current={chip.value === value ? "true" : undefined}>
          <span>{chip.word}</span>
          {known && <> <span class="chip-count">{number(chip.count)}</span></>}
        </a>
      ))}
    </nav>
  );
}

interface FreshProps {
  fresh: number;
  waits: boolean;
  words: { fresh: string; moved: string };
  apply: () => void;
}

/** "3 new, show": the list has changed, but nothing moves before the person says so. */
export function FreshRows({ fresh, waits, words, apply }: FreshProps): JSX.Element | null {
  if (!waits) return null;
  return (
    <div class="fresh" role="status">
      <button type="button" class="fresh-button" onClick={apply}>
        {fresh > 0 ? words.fresh : words.moved}
      </button>
    </div>
  );
}
