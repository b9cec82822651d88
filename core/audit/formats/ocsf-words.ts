import type { Activity, Severity } from "./meaning.ts";

/** Pinned: later releases of OCSF changed what fields mean. */
export const ocsfVersion = "1.5.0";

/** OCSF's number and caption of each severity. */
export const severities: Readonly<Record<Severity, object>> = {
  informational: { severity_id: 1, severity: "Informational" },
  low: { severity_id: 2, severity: "Low" },
  medium: { severity_id: 3, severity: "Medium" },
  high: { severity_id: 4, severity: "High" },
};
/** OCSF's number and caption of each status. */
export const statuses = {
  unknown: { status_id: 0, status: "Unknown" },
  success: { status_id: 1, status: "Success" },
  failure: { status_id: 2, status: "Failure" },
} as const;
/** OCSF's number and caption of each activity; the same in API Activity and Entity Management. */
export const activities: Readonly<Record<Activity, readonly [id: number, name: string]>> = {
  create: [1, "Create"],
  read: [2, "Read"],
  update: [3, "Update"],
  delete: [4, "Delete"],
  other: [99, "Other"],
};
/** The activity of Authentication. */
export const logon = [1, "Logon"] as const;

const iam = { category_uid: 3, category_name: "Identity & Access Management" };
/** OCSF's classes, with the category that each belongs to. */
export const classes = {
  apiActivity: {
    class_uid: 6003,
    class_name: "API Activity",
    category_uid: 6,
    category_name: "Application Activity",
  },
  authentication: { class_uid: 3002, class_name: "Authentication", ...iam },
  entityManagement: { class_uid: 3004, class_name: "Entity Management", ...iam },
} as const;

/** Action and disposition, of the profile security_control: the gateway or a person said no. */
export const denied = { action_id: 2, action: "Denied", disposition_id: 2, disposition: "Blocked" };
/** The policy allowed it. */
export const allowed = {
  action_id: 1,
  action: "Allowed",
  disposition_id: 1,
  disposition: "Allowed",
};
/** A person allowed it. */
export const approved = { ...allowed, disposition_id: 8, disposition: "Approved" };
/** Nobody has said yet. */
export const undecided = {
  action_id: 0,
  action: "Unknown",
  disposition_id: 0,
  disposition: "Unknown",
};

/** What an attribute is to one who looks for it in all events: types of observables. */
export const observableTypes = { ip: 2, userName: 4, userAgent: 16 } as const;
