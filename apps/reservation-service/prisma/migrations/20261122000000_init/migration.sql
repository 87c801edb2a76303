-- CreateTable
CREATE TABLE `concerts` (
    `id` INTEGER UNSIGNED NOT NULL AUTO_INCREMENT,
    `title` VARCHAR(200) NOT NULL,
    `venue` VARCHAR(200) NOT NULL,
    -- Which sample this is; unique, so that two replicas that start at once make one.
    `sample` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
    `created_at` DATETIME(3) NOT NULL,

    PRIMARY KEY (`id`),
    UNIQUE INDEX `concerts_sample_key` (`sample`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE `schedules` (
    `id` INTEGER UNSIGNED NOT NULL AUTO_INCREMENT,
    `concert_id` INTEGER UNSIGNED NOT NULL,
    `starts_at` DATETIME(3) NOT NULL,
    `opens_at` DATETIME(3) NOT NULL,
    `sales_end_at` DATETIME(3) NULL,
    `cancellable_until` DATETIME(3) NULL,
    `status` VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    `seats_total` INTEGER UNSIGNED NOT NULL,
    `cancel_reason` VARCHAR(255) NULL,
    -- Set while a cancelled show still has live reservations to end.
    `cancelling_since` DATETIME(3) NULL,

    PRIMARY KEY (`id`),
    INDEX `schedules_concert_id_idx` (`concert_id`),
    INDEX `schedules_cancelling_since_idx` (`cancelling_since`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE `sections` (
    `schedule_id` INTEGER UNSIGNED NOT NULL,
    `ordinal` SMALLINT UNSIGNED NOT NULL,
    `name` VARCHAR(100) NOT NULL,
    `grade` VARCHAR(32) NOT NULL,
    `price` BIGINT NOT NULL,
    `from_seat` INTEGER UNSIGNED NOT NULL,
    `to_seat` INTEGER UNSIGNED NOT NULL,
    `row_length` INTEGER UNSIGNED NOT NULL,

    PRIMARY KEY (`schedule_id`, `ordinal`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
-- The truth about who has a seat: one row per claimed seat, deleted only together with the id that it carries.
CREATE TABLE `seat_claims` (
    `schedule_id` INTEGER UNSIGNED NOT NULL,
    `seat_number` INTEGER UNSIGNED NOT NULL,
    -- NULL: a house seat, blocked by an operator.
    `reservation_id` CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,

    PRIMARY KEY (`schedule_id`, `seat_number`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE `reservations` (
    `id` CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    `user_id` VARCHAR(64) NOT NULL,
    `schedule_id` INTEGER UNSIGNED NOT NULL,
    `seat_number` INTEGER UNSIGNED NOT NULL,
    `amount` BIGINT NOT NULL,
    `status` VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    `version` INTEGER UNSIGNED NOT NULL,
    -- 1 to the hold limit while the reservation is live, else NULL: the unique key below is what enforces the limit.
    `live_slot` TINYINT UNSIGNED NULL,
    `hold_key` VARCHAR(255) NULL,
    `payment_key` VARCHAR(255) NULL,
    `charge_key` VARCHAR(255) NULL,
    `refused_charge_key` VARCHAR(255) NULL,
    `held_at` DATETIME(3) NOT NULL,
    `hold_expires_at` DATETIME(3) NOT NULL,
    `payment_requested_at` DATETIME(3) NULL,
    `payment_deadline` DATETIME(3) NULL,
    `decided_at` DATETIME(3) NULL,
    `reason` VARCHAR(64) NULL,
    `cancelled_at` DATETIME(3) NULL,
    `cancel_reason` VARCHAR(255) NULL,
    `refund` VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    `refunded_at` DATETIME(3) NULL,
    -- When the sweeper has to look at it: a hold that lapses, a payment to be asked for again; NULL when nothing is due.
    `due_at` DATETIME(3) NULL,
    `republish_count` SMALLINT UNSIGNED NOT NULL DEFAULT 0,

    PRIMARY KEY (`id`),
    UNIQUE INDEX `reservations_live_slot_key` (`user_id`, `schedule_id`, `live_slot`),
    UNIQUE INDEX `reservations_hold_key_key` (`user_id`, `hold_key`),
    INDEX `reservations_seat_idx` (`schedule_id`, `seat_number`),
    INDEX `reservations_due_at_idx` (`due_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
-- One counter row per schedule: the hottest row of an opening, so it is locked last and once per transaction.
CREATE TABLE `seat_maps` (
    `schedule_id` INTEGER UNSIGNED NOT NULL,
    `seats_total` INTEGER UNSIGNED NOT NULL,
    -- Raised when the terms of sale change; a hold that was decided under older terms does not commit.
    `terms_revision` INTEGER UNSIGNED NOT NULL,
    -- Raised by each transaction that changes claims.
    `version` BIGINT UNSIGNED NOT NULL,
    `claimed` INTEGER UNSIGNED NOT NULL,
    `blocked` INTEGER UNSIGNED NOT NULL,
    `sold` INTEGER UNSIGNED NOT NULL,
    `first_sold_at` DATETIME(3) NULL,
    `sold_out_at` DATETIME(3) NULL,

    PRIMARY KEY (`schedule_id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
-- What each version of a seat map changed, for those who have the one before; pruned.
CREATE TABLE `seat_changes` (
    `schedule_id` INTEGER UNSIGNED NOT NULL,
    `version` BIGINT UNSIGNED NOT NULL,
    `taken` LONGTEXT NOT NULL,
    `freed` LONGTEXT NOT NULL,
    `at` DATETIME(3) NOT NULL,

    PRIMARY KEY (`schedule_id`, `version`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE `audit_log` (
    `id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    `at` DATETIME(3) NOT NULL,
    `actor` VARCHAR(64) NOT NULL,
    `action` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    `subject` VARCHAR(64) NOT NULL,
    `detail` LONGTEXT NOT NULL,

    PRIMARY KEY (`id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE `outbox` (
    `id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    `shard` SMALLINT UNSIGNED NOT NULL DEFAULT 0,
    `messages` LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    `created_at` DATETIME(3) NOT NULL,

    PRIMARY KEY (`id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE `leases` (
    `name` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    `holder` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    `expires_at` DATETIME(3) NOT NULL,

    PRIMARY KEY (`name`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
