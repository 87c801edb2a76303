-- One row per reservation: what was asked for, and the one decision on it (design §4.4). AWAITING_REQUEST is the row of a
-- reservation of which only a result has come yet: results and requests meet at its lock, and what comes from the request
-- is null. `due_at` is when something is next to be done about the row: its deadline while it is PENDING, the end of its
-- keeping otherwise, so that one index serves the sweeper and the pruning.
CREATE TABLE `decisions` (
  `reservation_id` VARCHAR(64) NOT NULL,
  `status` ENUM('AWAITING_REQUEST', 'PENDING', 'CONFIRMED', 'PAYMENT_FAILED', 'EXPIRED') NOT NULL,
  `user_id` VARCHAR(64) NULL,
  `schedule_id` BIGINT NULL,
  `seat_number` BIGINT NULL,
  `amount` BIGINT NULL,
  `charge_key` VARCHAR(255) NULL,
  `requested_at` DATETIME(3) NULL,
  `deadline` DATETIME(3) NULL,
  `reason` VARCHAR(64) NULL,
  `decided_key` VARCHAR(255) NULL,
  `decided_at` DATETIME(3) NULL,
  `requests_seen` INT UNSIGNED NOT NULL DEFAULT 0,
  `refunds_asked` SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  `due_at` DATETIME(3) NOT NULL,
  `created_at` DATETIME(3) NOT NULL,

  INDEX `decisions_status_due_at_idx` (`status`, `due_at`),
  PRIMARY KEY (`reservation_id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Results that came before their request, and still wait for it. `charge_key` is empty where the result did not say it.
CREATE TABLE `early_results` (
  `reservation_id` VARCHAR(64) NOT NULL,
  `charge_key` VARCHAR(255) NOT NULL,
  `user_id` VARCHAR(64) NOT NULL,
  `status` ENUM('SUCCESS', 'FAILED') NOT NULL,
  `fail_reason` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
  `amount` BIGINT NULL,
  `received_at` DATETIME(3) NOT NULL,

  PRIMARY KEY (`reservation_id`, `charge_key`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Refunds that this app asked for, and what became of them; those that others asked for have no `requested_at`.
CREATE TABLE `refunds` (
  `refund_key` VARCHAR(262) NOT NULL,
  `charge_key` VARCHAR(255) NOT NULL,
  `reservation_id` VARCHAR(64) NOT NULL,
  `user_id` VARCHAR(64) NOT NULL,
  `amount` BIGINT NULL,
  `reason` VARCHAR(255) NULL,
  `status` ENUM('REQUESTED', 'REFUNDED', 'VOIDED') NOT NULL,
  `requested_at` DATETIME(3) NULL,
  `processed_at` DATETIME(3) NULL,

  INDEX `refunds_reservation_id_idx` (`reservation_id`),
  INDEX `refunds_processed_at_idx` (`processed_at`),
  PRIMARY KEY (`refund_key`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What other groups could not process, once each, by where it stood before it was dead-lettered.
CREATE TABLE `dead_letters` (
  `id` CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `topic` VARCHAR(249) NOT NULL,
  `partition_id` INT NOT NULL,
  `record_offset` BIGINT NOT NULL,
  `group_id` VARCHAR(255) NOT NULL,
  `record_key` LONGBLOB NULL,
  `value` LONGBLOB NULL,
  `headers` LONGTEXT NOT NULL,
  `error_code` VARCHAR(64) NOT NULL,
  `error_message` VARCHAR(1000) NOT NULL,
  `attempts` INT UNSIGNED NOT NULL,
  `status` ENUM('NEW', 'REPLAYED', 'DISCARDED') NOT NULL,
  `replay_count` INT UNSIGNED NOT NULL,
  `failed_at` DATETIME(3) NOT NULL,
  `stored_at` DATETIME(3) NOT NULL,

  UNIQUE INDEX `dead_letters_record_key` (`topic`, `partition_id`, `record_offset`, `group_id`),
  INDEX `dead_letters_topic_status_id_idx` (`topic`, `status`, `id`),
  PRIMARY KEY (`id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Who did what about a dead letter, and why. `value` is what was sent instead of the original.
CREATE TABLE `dead_letter_actions` (
  `id` CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `dead_letter_id` CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `action` ENUM('REPLAYED', 'DISCARDED') NOT NULL,
  `actor` VARCHAR(64) NOT NULL,
  `reason` VARCHAR(500) NOT NULL,
  `value` LONGTEXT NULL,
  `at` DATETIME(3) NOT NULL,

  INDEX `dead_letter_actions_dead_letter_id_idx` (`dead_letter_id`),
  PRIMARY KEY (`id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Messages that leave because their transaction committed: one row per transaction and shard (design §4, "Outbox").
CREATE TABLE `outbox` (
  `id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  `shard` SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  `messages` LONGTEXT NOT NULL,
  `created_at` DATETIME(3) NOT NULL,

  PRIMARY KEY (`id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Who leads: the outbox's relay, the sweeper.
CREATE TABLE `leases` (
  `name` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `holder` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `expires_at` DATETIME(3) NOT NULL,

  PRIMARY KEY (`name`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
