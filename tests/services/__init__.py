"""Real servers for the suite: private, on loopback, and gone when the test process is."""

from tests.services.mail import MailServer, Received
from tests.services.mariadb import MariaDB
from tests.services.rabbitmq import RabbitMQ
from tests.services.server import CannotStart, ServiceMissing

__all__ = ["CannotStart", "MailServer", "MariaDB", "RabbitMQ", "Received", "ServiceMissing"]
