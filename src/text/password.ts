/** A text with user and password taken out of the addresses in it: `redis://***@host`. */
export function withoutPassword(text: string): string {
  return text.replace(/(\w+:\/\/)[^@/\s]*@/g, "$1***@");
}
