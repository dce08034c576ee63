/** The version of this package, as logs and run folders tell it. */
export const VERSION = "0.1.0";
