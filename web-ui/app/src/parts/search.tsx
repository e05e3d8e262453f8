// The search field of a place. "/" brings the focus here (see shell/keys.ts).
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { say } from "../words/say";
import { Icon } from "./icon";

interface Props {
  label: string;
  value: string;
  onInput: (text: string) => void;
  onKeyDown?: (event: KeyboardEvent) => void;
}

export function Search(props: Props): JSX.Element {
  const { label, value, onInput, onKeyDown } = props;
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const change = (next: string): void => {
    setText(next);
    onInput(next);
  };
  return (
    <div class="search" role="search">
      <Icon name="search" size={18} />
      <input ref={input} type="search" data-search="yes" aria-label={label} placeholder={label}
        value={text} autocomplete="off" autocorrect="off" autocapitalize="off" spellcheck={false}
        enterkeyhint="search" onInput={(event) => change(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && text !== "") {
            event.preventDefault();
            change("");
          }
          onKeyDown?.(event);
        }} />
      {text === "" ? <kbd aria-hidden="true">/</kbd> : (
        <button type="button" class="button-icon" aria-label={say("clear_search")}
          onClick={() => {
            change("");
            input.current?.focus();
          }}>
          <Icon name="close" size={16} />
        </button>
      )}
    </div>
  );
}

/** Every word of the search must be somewhere in the texts; case and accents do not matter. */
export function matches(search: string, ...texts: (string | null | undefined)[]): boolean {
  const words = fold(search).split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return true;
  const whole = fold(texts.join(" "));
  return words.every((word) => whole.includes(word));
}

function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
