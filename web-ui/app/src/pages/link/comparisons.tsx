// What comparing this store with HQ found, view by view, and a button to do it now.
import type { JSX } from "preact";

import { useCommand } from "../../live/command";
import type { Comparison, LinkRow } from "../../live/rows";
import { Refusal, Submit } from "../../parts/form";
import { Block } from "../../parts/page";
import { tell } from "../../parts/tell";
import { When } from "../../parts/when";
import { say } from "../../words/say";

const VIEWS = ["stock", "orders", "prices", "catalogue"] as const;

function result(comparison: Comparison): string {
  if (comparison.outcome === "failed") return say("compare_failed", {
    reason: comparison.reason ?? "",
  });
  if (comparison.outcome === "repaired") return say("compare_repaired", {
    count: comparison.differing ?? 0, repaired: comparison.repaired ?? 0,
  });
  return say("compare_equal", { count: comparison.compared ?? 0 });
}

function View({ name, link }: { name: typeof VIEWS[number]; link: LinkRow }): JSX.Element {
  const comparison = link.comparisons?.[name];
  const running = link.comparing === name || comparison?.waits === true;
  return (
    <tr>
      <th scope="row">{say(`view_${name}`)}</th>
      <td>{comparison?.at ? <When at={comparison.at} /> : say("never")}</td>
      <td>
        {running ? say("compare_running")
          : comparison?.outcome === undefined ? "" : <bdi>{result(comparison)}</bdi>}
      </td>
    </tr>
  );
}

export function Comparisons({ link }: { link: LinkRow }): JSX.Element {
  const form = useCommand();
  return (
    <Block title={say("comparisons")}>
      <table class="lanes">
        <thead>
          <tr>
            <th scope="col">{say("compare_what")}</th>
            <th scope="col">{say("compare_last")}</th>
            <th scope="col">{say("compare_result")}</th>
          </tr>
        </thead>
        <tbody>{VIEWS.map((name) => <View key={name} name={name} link={link} />)}</tbody>
      </table>
      <Refusal answer={form.refusal} />
      <div class="compare">
        <Submit form={form} kind="plain"
          onClick={() => form.send("link.reconcile", {}, () => tell(say("did_compare")))}>
          {say("do_compare")}
        </Submit>
      </div>
    </Block>
  );
}
