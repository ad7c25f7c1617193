export const elementInputs: readonly string[] = [];
export async function generateElements(_outDir: string): Promise<void> { return; }
