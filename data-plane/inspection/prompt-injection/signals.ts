import { abroadSignals } from "./abroad-signals.ts";
import { addressSignals } from "./address-signals.ts";
import { agentSignals } from "./agent-signals.ts";
import { askedSignals } from "./asked-signals.ts";
import { claimSignals } from "./claim-signals.ts";
import { deedSignals } from "./deed-signals.ts";
import { demandSignals } from "./demand-signals.ts";
import { dutySignals } from "./duty-signals.ts";
import { elsewhereSignals } from "./elsewhere-signals.ts";
import { errandSignals } from "./errand-signals.ts";
import { frameSignals } from "./frame-signals.ts";
import { headedSignals } from "./headed-signals.ts";
import { intentSignals } from "./intent-signals.ts";
import { lureSignals } from "./lure-signals.ts";
import { machineSignals } from "./machine-signals.ts";
import { offerSignals } from "./offer-signals.ts";
import { orderSignals } from "./order-signals.ts";
import { ploySignals } from "./ploy-signals.ts";
import { poisonSignals } from "./poison-signals.ts";
import { poseSignals } from "./pose-signals.ts";
import { pushSignals } from "./push-signals.ts";
import { saidSignals } from "./said-signals.ts";
import { secretSignals } from "./secret-signals.ts";
import type { Signal } from "./signal.ts";
import { stageSignals } from "./stage-signals.ts";
import { supportingSignals } from "./supporting-signals.ts";
import { turnSignals } from "./turn-signals.ts";
import { wordedSignals } from "./worded-signals.ts";

/** Every sign. Which of them mean something alone is the point: a mail that asks to send a password is a mail. */
export const signals: readonly Signal[] = [
  ...orderSignals,
  ...elsewhereSignals,
  ...intentSignals,
  ...turnSignals,
  ...dutySignals,
  ...demandSignals,
  ...frameSignals,
  ...headedSignals,
  ...secretSignals,
  ...saidSignals,
  ...askedSignals,
  ...ploySignals,
  ...claimSignals,
  ...errandSignals,
  ...offerSignals,
  ...lureSignals,
  ...poseSignals,
  ...poisonSignals,
  ...stageSignals,
  ...pushSignals,
  ...addressSignals,
  ...abroadSignals,
  ...agentSignals,
  ...machineSignals,
  ...supportingSignals,
  ...deedSignals,
  ...wordedSignals,
];
