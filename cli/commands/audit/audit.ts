import { defineGroup } from "../../command.ts";
import { tail } from "./tail.ts";

export const audit = defineGroup("audit", "Read the audit records", [tail]);
