-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "Role" AS ENUM ('student', 'instructor', 'admin');

-- CreateEnum
CREATE TYPE "Visibility" AS ENUM ('draft', 'published');

-- CreateEnum
CREATE TYPE "JudgementState" AS ENUM ('queued', 'judging', 'done');

-- CreateEnum
CREATE TYPE "Verdict" AS ENUM ('AC', 'WA', 'TLE', 'MLE', 'OLE', 'RTE', 'CE', 'JE');

-- CreateEnum
CREATE TYPE "JudgementCause" AS ENUM ('submitted', 'rejudged');

-- CreateTable
CREATE TABLE "User" (
    "id" BIGSERIAL NOT NULL,
    "username" TEXT NOT NULL,
    "usernameKey" TEXT NOT NULL,
    "displayName" TEXT NOT NULL,
    "passwordHash" TEXT NOT NULL,
    "role" "Role" NOT NULL DEFAULT 'student',
    "disabledAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Session" (
    "id" BIGSERIAL NOT NULL,
    "userId" BIGINT NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastUsedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Invite" (
    "id" BIGSERIAL NOT NULL,
    "codeHash" TEXT NOT NULL,
    "role" "Role" NOT NULL DEFAULT 'student',
    "createdById" BIGINT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "usedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Invite_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "RateLimit" (
    "key" TEXT NOT NULL,
    "fullAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "RateLimit_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "Problem" (
    "id" BIGSERIAL NOT NULL,
    "slug" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "statement" TEXT NOT NULL,
    "tags" TEXT[],
    "visibility" "Visibility" NOT NULL DEFAULT 'draft',
    "ownerId" BIGINT NOT NULL,
    "currentRevisionId" BIGINT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,
    "deletedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Problem_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ProblemEditor" (
    "problemId" BIGINT NOT NULL,
    "userId" BIGINT NOT NULL,

    CONSTRAINT "ProblemEditor_pkey" PRIMARY KEY ("problemId","userId")
);

-- CreateTable
CREATE TABLE "ProblemRevision" (
    "id" BIGSERIAL NOT NULL,
    "problemId" BIGINT NOT NULL,
    "number" INTEGER NOT NULL,
    "timeLimitMs" INTEGER NOT NULL,
    "memoryLimitBytes" BIGINT NOT NULL,
    "outputLimitBytes" BIGINT NOT NULL,
    "checker" TEXT NOT NULL,
    "checkerOptions" JSONB NOT NULL DEFAULT '{}',
    "createdById" BIGINT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ProblemRevision_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "TestCase" (
    "id" BIGSERIAL NOT NULL,
    "revisionId" BIGINT NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "sample" BOOLEAN NOT NULL,
    "inputDigest" TEXT NOT NULL,
    "answerDigest" TEXT NOT NULL,

    CONSTRAINT "TestCase_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Blob" (
    "digest" TEXT NOT NULL,
    "sizeBytes" BIGINT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Blob_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "BlobChunk" (
    "digest" TEXT NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "content" BYTEA NOT NULL,

    CONSTRAINT "BlobChunk_pkey" PRIMARY KEY ("digest","ordinal")
);

-- CreateTable
CREATE TABLE "Submission" (
    "id" BIGSERIAL NOT NULL,
    "userId" BIGINT NOT NULL,
    "problemId" BIGINT NOT NULL,
    "language" TEXT NOT NULL,
    "source" BYTEA NOT NULL,
    "idempotencyKey" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Submission_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Judgement" (
    "id" BIGSERIAL NOT NULL,
    "submissionId" BIGINT NOT NULL,
    "revisionId" BIGINT NOT NULL,
    "cause" "JudgementCause" NOT NULL DEFAULT 'submitted',
    "requestedById" BIGINT,
    "priority" INTEGER NOT NULL,
    "state" "JudgementState" NOT NULL DEFAULT 'queued',
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "lostHolders" INTEGER NOT NULL DEFAULT 0,
    "faults" INTEGER NOT NULL DEFAULT 0,
    "faultReason" TEXT,
    "leaseToken" UUID,
    "leaseHolder" TEXT,
    "leaseExpiresAt" TIMESTAMPTZ(3),
    "toolchainIdentity" TEXT,
    "verdict" "Verdict",
    "score" DECIMAL(12,3),
    "cpuTimeUs" INTEGER,
    "memoryPeakBytes" BIGINT,
    "compileOutput" BYTEA,
    "approximate" BOOLEAN NOT NULL DEFAULT false,
    "effective" BOOLEAN NOT NULL DEFAULT false,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "startedAt" TIMESTAMPTZ(3),
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Judgement_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Run" (
    "judgementId" BIGINT NOT NULL,
    "testCaseId" BIGINT NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "verdict" "Verdict" NOT NULL,
    "cpuTimeUs" INTEGER NOT NULL,
    "wallTimeUs" INTEGER NOT NULL,
    "memoryPeakBytes" BIGINT NOT NULL,
    "exitCode" INTEGER,
    "signal" INTEGER,
    "message" TEXT,
    "stderr" BYTEA,
    "stdout" BYTEA,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Run_pkey" PRIMARY KEY ("judgementId","testCaseId")
);

-- CreateTable
CREATE TABLE "Standing" (
    "userId" BIGINT NOT NULL,
    "problemId" BIGINT NOT NULL,
    "score" DECIMAL(12,3) NOT NULL,
    "solved" BOOLEAN NOT NULL,
    "submissions" INTEGER NOT NULL,
    "acceptedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Standing_pkey" PRIMARY KEY ("userId","problemId")
);

-- CreateTable
CREATE TABLE "Trial" (
    "id" BIGSERIAL NOT NULL,
    "token" TEXT NOT NULL,
    "userId" BIGINT NOT NULL,
    "language" TEXT NOT NULL,
    "source" BYTEA NOT NULL,
    "input" BYTEA NOT NULL,
    "state" "JudgementState" NOT NULL DEFAULT 'queued',
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "leaseToken" UUID,
    "leaseExpiresAt" TIMESTAMPTZ(3),
    "outcome" JSONB,
    "buildOutput" BYTEA,
    "stdout" BYTEA,
    "stderr" BYTEA,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Trial_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Site" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "toolchainIdentity" TEXT,
    "settings" JSONB NOT NULL DEFAULT '{}',
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Site_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "WorkerHeartbeat" (
    "workerId" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "languages" JSONB NOT NULL,
    "toolchainIdentity" TEXT,
    "slots" INTEGER NOT NULL,
    "tier" TEXT NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL,
    "lastSeenAt" TIMESTAMPTZ(3) NOT NULL,
    "selfRunAt" TIMESTAMPTZ(3),
    "selfRunMessage" TEXT,

    CONSTRAINT "WorkerHeartbeat_pkey" PRIMARY KEY ("workerId")
);

-- CreateTable
CREATE TABLE "AuditEvent" (
    "id" BIGSERIAL NOT NULL,
    "actorId" BIGINT,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "details" JSONB NOT NULL DEFAULT '{}',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "AuditEvent_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "User_usernameKey_key" ON "User"("usernameKey");

-- CreateIndex
CREATE UNIQUE INDEX "Session_tokenHash_key" ON "Session"("tokenHash");

-- CreateIndex
CREATE INDEX "Session_userId_idx" ON "Session"("userId");

-- CreateIndex
CREATE INDEX "Session_lastUsedAt_idx" ON "Session"("lastUsedAt");

-- CreateIndex
CREATE UNIQUE INDEX "Invite_codeHash_key" ON "Invite"("codeHash");

-- CreateIndex
CREATE INDEX "Invite_createdById_idx" ON "Invite"("createdById");

-- CreateIndex
CREATE INDEX "RateLimit_fullAt_idx" ON "RateLimit"("fullAt");

-- CreateIndex
CREATE UNIQUE INDEX "Problem_currentRevisionId_key" ON "Problem"("currentRevisionId");

-- CreateIndex
CREATE INDEX "Problem_visibility_id_idx" ON "Problem"("visibility", "id");

-- CreateIndex
CREATE INDEX "Problem_ownerId_idx" ON "Problem"("ownerId");

-- CreateIndex
CREATE UNIQUE INDEX "Problem_slug_live_key" ON "Problem"("slug") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "ProblemEditor_userId_idx" ON "ProblemEditor"("userId");

-- CreateIndex
CREATE INDEX "ProblemRevision_createdById_idx" ON "ProblemRevision"("createdById");

-- CreateIndex
CREATE UNIQUE INDEX "ProblemRevision_problemId_number_key" ON "ProblemRevision"("problemId", "number");

-- CreateIndex
CREATE INDEX "TestCase_inputDigest_idx" ON "TestCase"("inputDigest");

-- CreateIndex
CREATE INDEX "TestCase_answerDigest_idx" ON "TestCase"("answerDigest");

-- CreateIndex
CREATE UNIQUE INDEX "TestCase_revisionId_ordinal_key" ON "TestCase"("revisionId", "ordinal");

-- CreateIndex
CREATE INDEX "Submission_userId_id_idx" ON "Submission"("userId", "id" DESC);

-- CreateIndex
CREATE INDEX "Submission_problemId_id_idx" ON "Submission"("problemId", "id" DESC);

-- CreateIndex
CREATE INDEX "Submission_userId_problemId_idx" ON "Submission"("userId", "problemId");

-- CreateIndex
CREATE INDEX "Submission_language_id_idx" ON "Submission"("language", "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "Submission_userId_idempotencyKey_key" ON "Submission"("userId", "idempotencyKey");

-- CreateIndex
CREATE INDEX "Judgement_submissionId_id_idx" ON "Judgement"("submissionId", "id" DESC);

-- CreateIndex
CREATE INDEX "Judgement_revisionId_idx" ON "Judgement"("revisionId");

-- CreateIndex
CREATE INDEX "Judgement_requestedById_idx" ON "Judgement"("requestedById");

-- CreateIndex
CREATE INDEX "Judgement_pending_idx" ON "Judgement"("state", "id") WHERE (state <> 'done');

-- CreateIndex
CREATE UNIQUE INDEX "Judgement_effective_key" ON "Judgement"("submissionId") WHERE (effective);

-- CreateIndex
CREATE INDEX "Run_testCaseId_idx" ON "Run"("testCaseId");

-- CreateIndex
CREATE INDEX "Standing_problemId_idx" ON "Standing"("problemId");

-- CreateIndex
CREATE UNIQUE INDEX "Trial_token_key" ON "Trial"("token");

-- CreateIndex
CREATE INDEX "Trial_createdAt_idx" ON "Trial"("createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "Trial_open_key" ON "Trial"("userId") WHERE (state <> 'done');

-- CreateIndex
CREATE INDEX "WorkerHeartbeat_lastSeenAt_idx" ON "WorkerHeartbeat"("lastSeenAt");

-- CreateIndex
CREATE INDEX "AuditEvent_createdAt_idx" ON "AuditEvent"("createdAt");

-- AddForeignKey
ALTER TABLE "Session" ADD CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Invite" ADD CONSTRAINT "Invite_createdById_fkey" FOREIGN KEY ("createdById") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Problem" ADD CONSTRAINT "Problem_ownerId_fkey" FOREIGN KEY ("ownerId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Problem" ADD CONSTRAINT "Problem_currentRevisionId_fkey" FOREIGN KEY ("currentRevisionId") REFERENCES "ProblemRevision"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ProblemEditor" ADD CONSTRAINT "ProblemEditor_problemId_fkey" FOREIGN KEY ("problemId") REFERENCES "Problem"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ProblemEditor" ADD CONSTRAINT "ProblemEditor_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ProblemRevision" ADD CONSTRAINT "ProblemRevision_problemId_fkey" FOREIGN KEY ("problemId") REFERENCES "Problem"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ProblemRevision" ADD CONSTRAINT "ProblemRevision_createdById_fkey" FOREIGN KEY ("createdById") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "TestCase" ADD CONSTRAINT "TestCase_revisionId_fkey" FOREIGN KEY ("revisionId") REFERENCES "ProblemRevision"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "TestCase" ADD CONSTRAINT "TestCase_inputDigest_fkey" FOREIGN KEY ("inputDigest") REFERENCES "Blob"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "TestCase" ADD CONSTRAINT "TestCase_answerDigest_fkey" FOREIGN KEY ("answerDigest") REFERENCES "Blob"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "BlobChunk" ADD CONSTRAINT "BlobChunk_digest_fkey" FOREIGN KEY ("digest") REFERENCES "Blob"("digest") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Submission" ADD CONSTRAINT "Submission_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Submission" ADD CONSTRAINT "Submission_problemId_fkey" FOREIGN KEY ("problemId") REFERENCES "Problem"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Judgement" ADD CONSTRAINT "Judgement_submissionId_fkey" FOREIGN KEY ("submissionId") REFERENCES "Submission"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Judgement" ADD CONSTRAINT "Judgement_revisionId_fkey" FOREIGN KEY ("revisionId") REFERENCES "ProblemRevision"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Judgement" ADD CONSTRAINT "Judgement_requestedById_fkey" FOREIGN KEY ("requestedById") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_judgementId_fkey" FOREIGN KEY ("judgementId") REFERENCES "Judgement"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_testCaseId_fkey" FOREIGN KEY ("testCaseId") REFERENCES "TestCase"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Standing" ADD CONSTRAINT "Standing_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Standing" ADD CONSTRAINT "Standing_problemId_fkey" FOREIGN KEY ("problemId") REFERENCES "Problem"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Trial" ADD CONSTRAINT "Trial_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
