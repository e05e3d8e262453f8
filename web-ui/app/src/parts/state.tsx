// A state is a word, an icon and a colour, never one of them alone.
import type { JSX } from "preact";

import type { Health } from "../live/rows";
import { Icon } from "./icon";
import type { IconName } from "./icon";

/** The four kinds of health, and "plain" for a step on a way that is neither good nor bad. */
export type Tone = Health | "plain";

export const TONE_ICON: Record<Tone, IconName> = {
  ok: "ok", attention: "attention", problem: "problem", unknown: "unknown", plain: "clock",
};

interface Props {
  tone: Tone;
  word: string;
  icon?: IconName;
}

export function State({ tone, word, icon }: Props): JSX.Element {
  return (
    <span class={`state tone-${tone}`}>
      <Icon name={icon ?? TONE_ICON[tone]} size={16} />
      <span>{word}</span>
    </span>
  );
}
