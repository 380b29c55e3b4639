-- AlterTable
ALTER TABLE "Blob" ADD COLUMN     "isText" BOOLEAN;

-- AlterTable
ALTER TABLE "WorkerHeartbeat" ADD COLUMN     "busyAt" TIMESTAMPTZ(3),
ADD COLUMN     "restrictions" JSONB;
