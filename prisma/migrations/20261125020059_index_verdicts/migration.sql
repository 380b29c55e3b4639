-- CreateIndex
CREATE INDEX "Judgement_verdict_idx" ON "Judgement"("verdict", "submissionId" DESC) WHERE (effective);
