// A form by description: what is asked for, the button's verb, what is said when it is done. Most
// of what people do to orders, deliveries and counts is a form of one to four fields.
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";

import { useCommand } from "../live/command";
import { nowMs } from "../live/clock";
import { say } from "../words/say";
import type { Word } from "../words/say";
import { Field, readDecimal, Refusal, Select, Submit } from "./form";
import { tell } from "./tell";
import type { Undo } from "./tell";

export interface AskField {
  /** The member of the command. */
  name: string;
  word: Word;
  /** text; decimal: a number; choice: one of options; in: a time from now, in minutes. */
  kind?: "text" | "decimal" | "choice" | "in" | "yes";
  options?: readonly { value: string; word: string }[];
  initial?: string;
  required?: boolean;
  suggestions?: readonly string[];
  hint?: string;
  /** Decimals: 0 is a number to give, such as of what was counted. */
  zero?: boolean;
  /** Choices that are numbers. */
  numeric?: boolean;
}

interface Props {
  type: string;
  /** What is not asked for. */
  data: Record<string, unknown>;
  fields: readonly AskField[];
  verb: string;
  /** What it means, where that is not plain. */
  means?: ComponentChildren;
  danger?: boolean;
  /** What follows from what was filled in. */
  also?: (sent: Record<string, unknown>) => Record<string, unknown>;
  done: (sent: Record<string, unknown>) => string;
  undo?: (sent: Record<string, unknown>) => Undo | null;
  /** After it was done. */
  onDone?: (sent: Record<string, unknown>) => void;
  onKeep?: () => void;
  keep?: string;
  focus?: boolean;
}

function valueOf(field: AskField, text: string): unknown {
  const plain = text.trim();
  if (plain === "") return undefined;
  if (field.kind === "decimal") return readDecimal(plain) ?? undefined;
  if (field.kind === "yes") return plain === "yes" ? true : undefined;
  if (field.kind === "in") return new Date(nowMs() + Number(plain) * 60000).toISOString();
  return field.numeric === true ? Number(plain) : plain;
}

function wrong(field: AskField, text: string): string | null {
  if (field.kind !== "decimal" || text.trim() === "") return null;
  const value = readDecimal(text);
  if (value === null) return say("quantity_bad");
  if (value < 0) return say("quantity_not_negative");
  return value === 0 && field.zero !== true ? say("quantity_positive") : null;
}

function One({ field, value, focus, onInput }: {
  field: AskField; value: string; focus: boolean; onInput: (value: string) => void;
}): JSX.Element {
  if (field.kind === "yes")
    return (
      <label class="check">
        <input type="checkbox" checked={value === "yes"}
          onChange={(event) => onInput(event.currentTarget.checked ? "yes" : "")} />
        <span>{say(field.word)}</span>
      </label>
    );
  if (field.kind === "choice" || field.kind === "in")
    return (
      <Select label={say(field.word)} value={value} options={field.options ?? []}
        onChange={onInput} />
    );
  return (
    <Field label={say(field.word)} value={value} onInput={onInput} focus={focus}
      kind={field.kind ?? "text"} hint={wrong(field, value) ?? field.hint}
      {...(field.suggestions === undefined ? {} : { suggestions: field.suggestions })} />
  );
}

export function Ask(props: Props): JSX.Element {
  const { type, data, fields, verb, means, danger = false, done, undo, onDone, onKeep } = props;
  const form = useCommand();
  const [texts, setTexts] = useState<Record<string, string>>(() =>
    Object.fromEntries(fields.map((field) => [field.name, field.initial ?? ""])));
  const textOf = (field: AskField): string => texts[field.name] ?? "";
  const complete = fields.every((field) => wrong(field, textOf(field)) === null
    && (field.required !== true || valueOf(field, textOf(field)) !== undefined));
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!complete) return;
    const asked = fields.map((field) => [field.name, valueOf(field, textOf(field))] as const)
      .filter(([, value]) => value !== undefined);
    const filled = { ...data, ...Object.fromEntries(asked) };
    const sent = { ...filled, ...props.also?.(filled) };
    form.send(type, sent, () => {
      tell(done(sent), undo?.(sent) ?? null);
      setTexts(Object.fromEntries(fields.map((field) => [field.name, field.initial ?? ""])));
      onDone?.(sent);
    });
  };
  return (
    <form class="stack ask" onSubmit={submit}>
      {means !== undefined && <p>{means}</p>}
      {fields.length > 0 && (
        <div class={fields.length > 1 ? "fields" : "stack"}>
          {fields.map((field, index) => (
            <One key={field.name} field={field} value={textOf(field)}
              focus={index === 0 && props.focus === true}
              onInput={(value) => setTexts((old) => ({ ...old, [field.name]: value }))} />
          ))}
        </div>
      )}
      <Refusal answer={form.refusal} />
      <div class="buttons">
        <Submit form={form} kind={danger ? "danger" : "primary"} disabled={!complete}>
          {verb}
        </Submit>
        {onKeep !== undefined && (
          <button type="button" class="button button-plain" onClick={onKeep}>
            {props.keep ?? say("do_not")}
          </button>
        )}
      </div>
    </form>
  );
}

/** How soon, for fields of the kind "in". */
export function soonOptions(none: string | null): { value: string; word: string }[] {
  const hours = [1, 2, 4].map((count) => ({
    value: String(count * 60), word: say("in_hours", { count }),
  }));
  const days = [1, 2, 7].map((count) => ({
    value: String(count * 1440), word: say("in_days", { count }),
  }));
  const first = none === null ? [] : [{ value: "", word: none }];
  return [...first, { value: "30", word: say("in_minutes", { count: 30 }) }, ...hours, ...days];
}
