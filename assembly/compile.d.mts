/** The kernel's bytes. */
export function compileKernel(): Promise<Uint8Array>;
/** The module that holds the kernel's bytes. */
export function moduleOf(bytes: Uint8Array): string;
