// The pieces of a form with an outcome: fields, the button that says the verb and waits for the
// commit, and the refusal that says why and what is allowed.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

import type { CommandForm } from "../live/command";
import type { Answer } from "../live/rows";
import { say, sayOr } from "../words/say";
import { Icon } from "./icon";

interface ButtonProps {
  form: Pick<CommandForm, "phase" | "ready">;
  kind?: "primary" | "plain" | "danger";
  disabled?: boolean;
  /** A button that sends by itself instead of by its form. */
  onClick?: () => void;
  children: ComponentChildren;
}

// A commit takes milliseconds; the word under the finger changes only when it does not.
const PATIENCE_MS = 300;

function useLate(busy: boolean): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (!busy) return undefined;
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [busy]);
  return late && busy;
}

export function Submit(props: ButtonProps): JSX.Element {
  const { form, kind = "primary", disabled = false, onClick, children } = props;
  const waiting = form.phase === "waiting";
  const late = useLate(form.phase === "sending" || waiting);
  // aria-disabled keeps the focus on the button; a truly disabled one would lose it.
  return (
    <button type={onClick === undefined ? "submit" : "button"} class={`button button-${kind}`}
      aria-disabled={!form.ready || disabled}
      data-rests={form.phase === "resting" && !disabled ? "yes" : undefined}
      aria-busy={form.phase === "sending" || waiting}
      onClick={(event) => {
        if (!form.ready || disabled) event.preventDefault();
        else onClick?.();
      }}>
      {late ? say(waiting ? "waiting_for_node" : "sending") : children}
    </button>
  );
}

/** Why the node said no. The code's own sentence comes first, the node's detail after it. */
export function Refusal({ answer }: { answer: Answer | null }): JSX.Element | null {
  if (answer === null) return null;
  const code = answer.code ?? answer.outcome;
  const words = sayOr(`refused_${code}`, say("refused"));
  return (
    <div class="refusal" role="alert">
      <Icon name="problem" size={18} />
      <div>
        <p class="refusal-why">{words}</p>
        {answer.message !== undefined && answer.message !== "" && (
          <p class="refusal-detail">{answer.message}</p>
        )}
      </div>
    </div>
  );
}

/** The autofocus attribute only works while a page loads; this works whenever a form opens. */
export function useFocus(wanted: boolean): { current: HTMLInputElement | null } {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (wanted) input.current?.focus();
  }, [wanted]);
  return input;
}

const INPUT_TYPE = {
  text: "text", decimal: "text", date: "date", moment: "datetime-local",
} as const;

interface FieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  hint?: string | undefined;
  kind?: "text" | "decimal" | "date" | "moment";
  placeholder?: string;
  required?: boolean;
  focus?: boolean;
  unit?: string | undefined;
  suggestions?: readonly string[];
}

export function Field(props: FieldProps): JSX.Element {
  const { label, value, onInput, hint, kind = "text", required = false, unit } = props;
  const id = useId();
  const input = useFocus(props.focus ?? false);
  const list = props.suggestions === undefined ? undefined : `${id}-list`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="field-box">
        <input ref={input} id={id} type={INPUT_TYPE[kind]} value={value}
          required={required}
          inputMode={kind === "decimal" ? "decimal" : "text"} autocomplete="off"
          class={kind === "decimal" ? "numeric" : ""} placeholder={props.placeholder} list={list}
          aria-describedby={hint === undefined ? undefined : `${id}-hint`} maxLength={200}
          onInput={(event) => onInput(event.currentTarget.value)} />
        {unit !== undefined && <span class="field-unit">{unit}</span>}
      </div>
      {list !== undefined && (
        <datalist id={list}>{props.suggestions?.map((each) => <option key={each} value={each} />)}
        </datalist>
      )}
      {hint !== undefined && <p class="field-hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; word: string }[];
  onChange: (value: T) => void;
}

export function Select<T extends string>(props: ChoiceProps<T>): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select id={id} value={props.value}
        onChange={(event) => props.onChange(event.currentTarget.value as T)}>
        {props.options.map((each) => (
          <option key={each.value} value={each.value}>{each.word}</option>
        ))}
      </select>
    </div>
  );
}

/** A few choices side by side; radio buttons underneath, so arrow keys work. */
export function Segments<T extends string>(props: ChoiceProps<T>): JSX.Element {
  const name = useId();
  return (
    <fieldset class="segments">
      <legend class="seen-by-readers">{props.label}</legend>
      {props.options.map((each) => (
        <label key={each.value} class={each.value === props.value ? "segment chosen" : "segment"}>
          <input type="radio" name={name} value={each.value} checked={each.value === props.value}
            onChange={() => props.onChange(each.value)} />
          <span>{each.word}</span>
        </label>
      ))}
    </fieldset>
  );
}

const DECIMAL = /^[+-]?\d{1,9}(?:\.\d{1,3})?$/;

/** A quantity as people type it, with a comma or a point and any script's digits; else null. */
export function readDecimal(text: string): number | null {
  const plain = text.trim()
    .replace(/[\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0))
    .replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
    .replace(/[,\u066b]/, ".").replace("\u2212", "-");
  return DECIMAL.test(plain) ? Number(plain) : null;
}
