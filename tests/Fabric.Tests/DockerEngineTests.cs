using System.Net.Sockets;
using System.Text;
using LastMile.Events.Fabric;
using Xunit;

namespace Fabric.Tests;

public sealed class DockerEngineTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("engine").FullName;

    private Uri Engine => new($"unix://{folder}/docker.sock");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(null, "unix:///var/run/docker.sock")]
    [InlineData("", "unix:///var/run/docker.sock")]
    [InlineData("unix:///run/user/1000/docker.sock", "unix:///run/user/1000/docker.sock")]
    [InlineData("tcp://127.0.0.1:2375", "tcp://127.0.0.1:2375/")]
    public void DOCKER_HOST_sets_the_address_of_the_engine(string? configured, string expected) =>
        Assert.Equal(expected, DockerEngine.Address(configured).ToString());

    [Theory]
    [InlineData("foo")]
    [InlineData("unix://")]
    [InlineData("/var/run/docker.sock")]
    [InlineData("ftp://host")]
    public void An_invalid_DOCKER_HOST_is_rejected_in_one_sentence(string configured)
    {
        var error = Assert.Throws<ServerStartException>(() => DockerEngine.Address(configured));

        Assert.StartsWith(
            $"Docker did not start: DOCKER_HOST is '{configured}', which is not the address of an engine.",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_engine_reports_its_API_version()
    {
        using var listener = Listen();
        var answering = AnswerAsync(listener, "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 2\r\n\r\nOK");

        var answer = await DockerEngine.PingAsync(Engine, CancellationToken.None);

        Assert.Equal("1.41", answer.ApiVersion);
        Assert.StartsWith("GET /_ping HTTP/1.1", await answering, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.41", "1.41")]
    [InlineData("1.9", "1.9")]
    [InlineData("1.44", null)]
    [InlineData("1.51", null)]
    [InlineData("2.0", null)]
    [InlineData("", null)]
    [InlineData("new", null)]
    [InlineData(null, null)]
    public void An_engine_older_than_the_library_is_used_with_its_own_API_version(string? own, string? expected) =>
        Assert.Equal(expected, new EngineAnswer(own).VersionToUse);

    [Fact]
    public async Task A_missing_engine_is_reported_with_its_address_and_a_remedy()
    {
        var error = await Assert.ThrowsAsync<ServerStartException>(() => DockerEngine.PingAsync(Engine, CancellationToken.None));

        var lines = error.Message.Split(Environment.NewLine);
        Assert.StartsWith($"Docker did not start: no engine answers at unix://{folder}/docker.sock (", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("Start one, set DOCKER_HOST to its address, or ", lines[1], StringComparison.Ordinal);
        Assert.Contains("LASTMILE_SERVERS_MODE=local", lines[1], StringComparison.Ordinal);
        Assert.Equal(2, lines.Length);
    }

    [Fact]
    public async Task A_server_that_is_not_an_engine_is_reported_with_its_response()
    {
        using var listener = Listen();
        _ = AnswerAsync(listener, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");

        var error = await Assert.ThrowsAsync<ServerStartException>(() => DockerEngine.PingAsync(Engine, CancellationToken.None));

        Assert.Contains("(it answered with HTTP status 404).", error.Message, StringComparison.Ordinal);
    }

    private Socket Listen()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Engine.AbsolutePath));
        socket.Listen();
        return socket;
    }

    private static async Task<string> AnswerAsync(Socket listener, string answer)
    {
        using var client = await listener.AcceptAsync();
        await using var stream = new NetworkStream(client);
        using var reader = new StreamReader(stream);
        var request = await reader.ReadLineAsync();
        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
        return request ?? "";
    }
}
