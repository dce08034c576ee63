import type { AttackHeader } from "smoothcert/certify";

/** The header of an attack's results, as tests need one. */
export const ATTACK_HEADER: AttackHeader = {
  format: "smoothcert-attack",
  version: 1,
  smoothcert: "0.1.0",
  created: "2026-01-02T03:04:05.000Z",
  log: "ab".repeat(32),
  gradient: "votes",
  gradientModel: "",
  copies: 2000,
  steps: 20,
  votes: 5000,
  alpha: 1e-6,
  seed: 7,
};
