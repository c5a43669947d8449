<?php
// PHP tab: the page names the variables, and Microsoft has no identity library for PHP. So the token
// is asked for as the platform documents it; the variables tell from whom.

function access_token(): string
{
    $client_id = getenv('AZURE_MYSQL_CLIENTID');
    $client_secret = getenv('AZURE_MYSQL_CLIENTSECRET');
    if ($client_secret !== false) {
        // service principal
        // https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
        $authority = getenv('AZURE_AUTHORITY_HOST') ?: 'https://login.microsoftonline.com/';
        $url = $authority . getenv('AZURE_MYSQL_TENANTID') . '/oauth2/v2.0/token';
        return ask($url, [
            'method' => 'POST',
            'header' => 'Content-Type: application/x-www-form-urlencoded',
            'content' => http_build_query([
                'grant_type' => 'client_credentials',
                'client_id' => $client_id,
                'client_secret' => $client_secret,
                'scope' => 'https://ossrdbms-aad.database.windows.net/.default',
            ]),
        ]);
    }
    // https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
    $query = [
        'resource' => 'https://ossrdbms-aad.database.windows.net',
        'api-version' => '2019-08-01',
    ];
    if ($client_id !== false) {
        // user-assigned managed identity; without it the system-assigned one
        $query['client_id'] = $client_id;
    }
    return ask(getenv('IDENTITY_ENDPOINT') . '?' . http_build_query($query), [
        'header' => 'X-IDENTITY-HEADER: ' . getenv('IDENTITY_HEADER'),
    ]);
}

function ask(string $url, array $request): string
{
    // The answer's body, and not only its status, says why a token was refused.
    $request['ignore_errors'] = true;
    $answer = file_get_contents($url, false, stream_context_create(['http' => $request]));
    $token = json_decode($answer ?: '', true)['access_token'] ?? null;
    if ($token === null) {
        throw new RuntimeException("no token: $answer");
    }
    return $token;
}
