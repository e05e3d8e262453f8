// One alarm of a sensor: what it says, since when, and the form by which a person takes it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useCommand } from "../../live/command";
import type { AlarmRow } from "../../live/rows";
import { alarmText } from "../../parts/alarm_text";
import { Field, Refusal, Submit } from "../../parts/form";
import { Icon } from "../../parts/icon";
import { tell } from "../../parts/tell";
import { When } from "../../parts/when";
import { say } from "../../words/say";

export function Alarm({ alarm }: { alarm: AlarmRow }): JSX.Element {
  const form = useCommand();
  const [reason, setReason] = useState("");
  const taken = alarm.acknowledged !== undefined && alarm.acknowledged !== null
    && alarm.acknowledged !== "";
  const submit = (event: Event): void => {
    event.preventDefault();
    if (reason.trim() === "") return;
    const body = { alarm: alarm.alarm, reason: reason.trim() };
    form.send("alarm.acknowledge", body, () => tell(say("did_acknowledge")));
  };
  return (
    <div class={taken ? "alarm alarm-taken" : "alarm"}>
      <p class="alarm-text">
        <Icon name={taken ? "check" : "problem"} />
        <span>
          <strong>{alarmText(alarm)}</strong>{" "}
          <span class="quiet"><When at={alarm.raised} as="since" />
            {alarm.cleared ? <> · {say("alarm_cleared")} <When at={alarm.cleared} /></> : null}
          </span>
        </span>
      </p>
      {taken ? (
        <p class="quiet">{say("alarm_taken", {
          who: alarm.acknowledged_by ?? "", reason: alarm.reason ?? "",
        })}</p>
      ) : (
        <form class="stack" onSubmit={submit}>
          <Field label={say("alarm_reason")} value={reason} onInput={setReason}
            suggestions={[
              say("alarm_reason_door"), say("alarm_reason_delivery"), say("alarm_reason_moved"),
            ]} />
          <Refusal answer={form.refusal} />
          <div class="buttons">
            <Submit form={form} disabled={reason.trim() === ""}>{say("do_acknowledge")}</Submit>
          </div>
        </form>
      )}
    </div>
  );
}
