import type { JSX } from "preact";
import { Icon } from "./Icon";

interface StopButtonProps {
  testId: string;
  stop: () => Promise<void>;
}

/** Ends what runs. It stands where the button that began it stood: the second click of a double click is not meant for it. */
export function StopButton({ testId, stop }: StopButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class="button stop"
      data-testid={testId}
      onClick={(event) => {
        if (event.detail !== 2) void stop();
      }}
    >
      <Icon name="stop" /> Stop
    </button>
  );
}
