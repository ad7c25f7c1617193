export const validatorInputs: readonly string[] = [];
export async function generateValidators(_outDir: string): Promise<void> { return; }
