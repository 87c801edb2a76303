-- A waiting room per schedule. Its settings, and the numbers that must outlive Redis (design §5).
CREATE TABLE `rooms` (
  `schedule_id` BIGINT NOT NULL,
  `mode` VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `rate_per_second` INTEGER NOT NULL,
  `max_inside` INTEGER NOT NULL,
  `opens_at` DATETIME(3) NOT NULL,
  -- An operator's opening time, instead of the schedule's.
  `opening_override` DATETIME(3) NULL,
  `sales_end_at` DATETIME(3) NULL,
  `cancelled` BOOLEAN NOT NULL DEFAULT FALSE,
  `message` VARCHAR(500) NULL,
  -- Raised by every change of a setting; Redis and the replicas keep the newest.
  `version` INTEGER NOT NULL DEFAULT 1,
  -- When the last schedule event that was applied occurred: an older one that comes again changes nothing.
  `learned_at` DATETIME(3) NOT NULL,
  -- End of the last block of sequence numbers taken: Redis never gives out a higher one.
  `sequence_high` BIGINT NOT NULL DEFAULT 0,
  -- `sequence_high` as it was when Redis was last found without this room: places up to here may be missing there.
  `restored_through` BIGINT NOT NULL DEFAULT 0,
  -- Whoever has a sequence number up to this one was called.
  `serving` BIGINT NOT NULL DEFAULT 0,
  -- For the shuffle of a pre-queue: the hash is public from the start, the seed from the opening on.
  `seed` CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `seed_hash` CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `created_at` DATETIME(3) NOT NULL,
  `updated_at` DATETIME(3) NOT NULL,
  INDEX `rooms_updated_at_idx` (`updated_at`),
  PRIMARY KEY (`schedule_id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A fan's stay. `id` is the admission token's jti.
CREATE TABLE `admissions` (
  `id` CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `schedule_id` BIGINT NOT NULL,
  `user_id` VARCHAR(64) NOT NULL,
  `sequence` BIGINT NOT NULL,
  `admitted_at` DATETIME(3) NOT NULL,
  `ends_at` DATETIME(3) NOT NULL,
  `ended_at` DATETIME(3) NULL,
  `end_reason` VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
  -- Reservations of this stay, {id: [version, live 0|1]}: what makes a repeated event count once.
  `holds` TEXT NOT NULL,
  `live_holds` SMALLINT NOT NULL DEFAULT 0,
  -- A place in the line admits once, and a fan's stays are found by it.
  UNIQUE INDEX `admissions_schedule_id_user_id_sequence_key` (`schedule_id`, `user_id`, `sequence`),
  -- Open ones are those with ended_at NULL.
  INDEX `admissions_ended_at_ends_at_idx` (`ended_at`, `ends_at`),
  PRIMARY KEY (`id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The highest place that a fan gave up by leaving the line: its ticket is void.
CREATE TABLE `departures` (
  `schedule_id` BIGINT NOT NULL,
  `user_id` VARCHAR(64) NOT NULL,
  `sequence` BIGINT NOT NULL,
  `left_at` DATETIME(3) NOT NULL,
  INDEX `departures_left_at_idx` (`left_at`),
  PRIMARY KEY (`schedule_id`, `user_id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE `audit_log` (
  `id` CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `actor` VARCHAR(64) NOT NULL,
  `action` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `subject` VARCHAR(64) NOT NULL,
  `detail` TEXT NOT NULL,
  `at` DATETIME(3) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE `outbox` (
  `id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  `shard` SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  `messages` LONGTEXT NOT NULL,
  `created_at` DATETIME(3) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE `leases` (
  `name` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `holder` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `expires_at` DATETIME(3) NOT NULL,
  PRIMARY KEY (`name`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
