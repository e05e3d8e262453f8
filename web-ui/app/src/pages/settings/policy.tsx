// The store's own limits and waiting times, as they count now, and the form that changes them.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useCell } from "../../cell";
import { byAssociate } from "../../live/associate";
import { connection } from "../../live/connection";
import { useQuery } from "../../live/query";
import { Ask } from "../../parts/ask";
import type { AskField } from "../../parts/ask";
import { Fault, Patience } from "../../parts/loading";
import { Block, Facts } from "../../parts/page";
import { money, number } from "../../words/format";
import { say, sayOr } from "../../words/say";

type Policy = { managers?: string[] } & {
  [rule: string]: number | string | string[] | undefined;
};

const NUMBERS = [
  "count_approve_above", "count_approve_amount", "code_tries", "code_lock_minutes",
  "pick_list_minutes", "no_show_hours", "close_after_minutes", "price_hold_minutes",
  "override_hours", "prior_price_days", "prior_price_new_days", "cash_step", "markdown_percent",
  "rights_contact_minutes", "rights_stock_min", "rights_stale_days", "rights_top_up_minutes",
] as const;
const MONEY: readonly string[] = ["count_approve_amount", "cash_step"];
// Here 0 is no number but says that the rule is not used.
const OFF_AT_0: readonly string[] = [
  "cash_step", "prior_price_new_days", "price_hold_minutes", "rights_contact_minutes",
];
const CHOICES = [
  { name: "prior_price_steps", options: ["each", "first"] },
  { name: "prior_price_perishable", options: ["as_all", "none"] },
] as const;

function choiceWord(name: string, value: string): string {
  return sayOr(`rule_${name}_${value}`, value);
}

function managersOf(policy: Policy): string {
  return (policy.managers ?? []).join(", ");
}

/** The names of a text; no name at all is said by one that is empty. */
function managersIn(text: unknown): string[] {
  const names = String(text ?? "").split(",").map((name) => name.trim());
  return names.every((name) => name === "") ? [""] : names.filter((name) => name !== "");
}

function fieldsOf(policy: Policy): AskField[] {
  return [
    ...NUMBERS.map((name) => ({
      name, word: `rule_${name}` as const, kind: "decimal" as const, zero: true,
      initial: String(policy[name] ?? ""),
    })),
    {
      name: "managers", word: "rule_managers" as const, initial: managersOf(policy),
    },
    ...CHOICES.map(({ name, options }) => ({
      name, word: `rule_${name}` as const, kind: "choice" as const,
      initial: String(policy[name] ?? options[0]),
      options: options.map((value) => ({ value, word: choiceWord(name, value) })),
    })),
  ];
}

function Rules({ policy }: { policy: Policy }): JSX.Element {
  const { currency } = useCell(connection.hello) ?? {};
  const shown = (name: (typeof NUMBERS)[number]): string => {
    const value = Number(policy[name] ?? 0);
    if (value === 0 && OFF_AT_0.includes(name)) return say("none");
    return MONEY.includes(name) ? money(value, currency) : number(value);
  };
  return (
    <Facts pairs={[
      ...NUMBERS.map((name): [string, string] => [say(`rule_${name}`), shown(name)]),
      [say("rule_managers"), managersOf(policy) || say("none")],
      ...CHOICES.map(({ name }): [string, string] => [
        say(`rule_${name}`), choiceWord(name, String(policy[name] ?? "")),
      ]),
    ]} />
  );
}

export function PolicyBlock(): JSX.Element {
  const asked = useQuery<Policy>("policy.get", {});
  const [open, setOpen] = useState(false);
  const keep = (): void => setOpen(false);
  const policy = asked.answer;
  return (
    <Block title={say("policy")}>
      {asked.fault !== "" && <Fault text={asked.fault} again={asked.again} />}
      {!asked.known && <Patience />}
      {policy !== null && !open && (
        <>
          <Rules policy={policy} />
          <button type="button" class="button prices-button" onClick={() => setOpen(true)}>
            {say("do_change")}
          </button>
        </>
      )}
      {policy !== null && open && (
        <Ask type="policy.set" data={byAssociate()} fields={fieldsOf(policy)} focus
          also={(sent) => ({ managers: managersIn(sent["managers"]) })}
          verb={say("do_save")} means={say("policy_means")} done={() => say("did_policy")}
          onKeep={keep} onDone={keep} />
      )}
    </Block>
  );
}
