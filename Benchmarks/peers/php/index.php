<?php
// Routes without a session, with one that is read, and with one that is updated, by PHP's own sessions.
header('Content-Type: text/plain');
switch ($_SERVER['PATH']) {
    case '/read':
        session_start(['read_and_close' => true]);
        if (($_SESSION['n'] ?? 0) < 1) throw new Exception('the session is lost');
        echo 'read';
        break;
    case '/update':
        session_start();
        $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
        echo $_SESSION['n'];
        break;
    default:
        echo 'bare';
}
