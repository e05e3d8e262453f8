// Scanning with the camera, where the browser can read barcodes itself. Everywhere else the
// button is not there, because a button that cannot work is worse than none.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Icon } from "../parts/icon";
import { say } from "../words/say";

const LOOK_MS = 150;

interface Detector {
  detect: (source: HTMLVideoElement) => Promise<{ rawValue: string }[]>;
}

type DetectorMaker = new () => Detector;

function detectorMaker(): DetectorMaker | null {
  const maker = (globalThis as { BarcodeDetector?: DetectorMaker }).BarcodeDetector;
  return maker !== undefined && navigator.mediaDevices !== undefined ? maker : null;
}

function useCamera(
  on: boolean, onCode: (code: string) => void, onFault: () => void,
): { current: HTMLVideoElement | null } {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const maker = detectorMaker();
    if (!on || maker === null) return undefined;
    const detector = new maker();
    let stream: MediaStream | null = null;
    let timer = 0;
    let stopped = false;
    const look = async (): Promise<void> => {
      const source = video.current;
      if (stopped || source === null) return;
      const seen = source.readyState >= 2 ? await detector.detect(source).catch(() => []) : [];
      const code = seen[0]?.rawValue;
      if (code !== undefined && !stopped) onCode(code);
      else timer = setTimeout(() => void look(), LOOK_MS);
    };
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).then(
      async (given) => {
        stream = given;
        if (stopped || video.current === null) return;
        video.current.srcObject = given;
        await video.current.play();
        await look();
      },
    ).catch(onFault);
    return () => {
      stopped = true;
      clearTimeout(timer);
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, [on]);
  return video;
}

export function Camera({ onCode }: { onCode: (code: string) => void }): JSX.Element | null {
  const [on, setOn] = useState(false);
  const [failed, setFailed] = useState(false);
  const seen = (code: string): void => {
    setOn(false);
    onCode(code);
  };
  const video = useCamera(on, seen, () => {
    setOn(false);
    setFailed(true);
  });
  if (detectorMaker() === null) return null;
  return (
    <div class="camera">
      {on && <video ref={video} muted playsInline />}
      <button type="button" class="button button-plain" onClick={() => setOn(!on)}>
        <Icon name="camera" />
        {say(on ? "camera_stop" : "camera_start")}
      </button>
      {failed && <p role="alert">{say("camera_failed")}</p>}
    </div>
  );
}
