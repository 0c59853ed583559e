//! A store that has no room left.

use model::ShutdownBehavior;
use model::command::{
    CreateSubnet, CreateTopic, DeleteTopic, InstanceObservation, InstanceObserved, LaunchNetwork,
    RunInstances, SetTopicAttribute, TopicAttribute, ZoneChoice,
};
use model::topic::TopicAddress;

use super::*;

fn limits() -> Limits {
    Limits {
        stored_bytes_max: 200_000,
        reserved_bytes: 20_000,
        ..Limits::default()
    }
}

fn topic(number: usize) -> CreateTopic {
    CreateTopic {
        name: format!("topic-{number}").parse().unwrap(),
        display_name: None,
        policy: Some("x".repeat(10_000)),
        tags: Tags::new(),
    }
}

fn delete(control: &Control, number: usize) -> DeleteTopic {
    let topic = TopicAddress {
        owner: caller(control),
        name: format!("topic-{number}").parse().unwrap(),
    };
    DeleteTopic { topic }
}

/// Makes topics until there is no room; how many there are then.
async fn fill(control: &Control) -> usize {
    for number in 0..100 {
        match control.submit(caller(control), topic(number)).await {
            Ok(_) => {}
            Err(SubmitError::Store(StoreError::Full { .. })) => return number,
            Err(error) => panic!("{error}"),
        }
    }
    panic!("it is full at last")
}

#[tokio::test]
async fn what_was_overwritten_never_fills_the_store() {
    let disk = Disk::new();
    let control = open(disk.store(limits()).await).await;
    let created = control.submit(caller(&control), topic(0)).await.unwrap();
    let Reply::Topic(topic) = created.reply else {
        panic!("{:?}", created.reply)
    };
    for _ in 0..100 {
        for policy in ["y", "z"] {
            let attribute = TopicAttribute::Policy(Some(policy.repeat(10_000)));
            let change = SetTopicAttribute { topic, attribute };
            control.submit(caller(&control), change).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_full_store_refuses_and_the_state_goes_on_being_read() {
    let disk = Disk::new();
    let control = open(disk.store(limits()).await).await;
    let made = fill(&control).await;
    let before = control.snapshot();
    let more = control.submit(caller(&control), topic(made)).await;
    more.unwrap_err();
    assert!(
        Arc::ptr_eq(&before, &control.snapshot()),
        "it was read anew"
    );
}

#[tokio::test]
async fn a_full_store_is_emptied_by_deleting_also_after_a_restart() {
    let disk = Disk::new();
    let control = open(disk.store(limits()).await).await;
    let made = fill(&control).await;
    control
        .submit(caller(&control), delete(&control, 0))
        .await
        .unwrap();
    control.submit(caller(&control), topic(0)).await.unwrap();
    control.close().await;
    drop(control);

    let control = open(disk.store(limits()).await).await;
    control
        .submit(caller(&control), topic(made))
        .await
        .unwrap_err();
    // What asks for room in the same transaction takes nobody with it.
    let more = made..made + 30;
    let (refused, deleted) = tokio::join!(
        join_all(more.map(|number| control.submit(caller(&control), topic(number)))),
        join_all((0..3).map(|number| control.submit(caller(&control), delete(&control, number)))),
    );
    assert!(refused.iter().any(Result::is_err));
    assert!(deleted.iter().all(Result::is_ok));
    for number in 3..made {
        let deleted = control.submit(caller(&control), delete(&control, number));
        deleted.await.unwrap();
    }
    let again = control.submit(caller(&control), topic(made + 30)).await;
    again.unwrap();
}

#[tokio::test]
async fn what_agents_report_is_recorded_in_a_full_store() {
    let disk = Disk::new();
    let control = open(disk.store(limits()).await).await;
    let caller = caller(&control);
    control.submit(caller, vpc()).await.unwrap();
    let state = &control.snapshot().state;
    let subnet = CreateSubnet {
        vpc: state.tables().vpcs.iter().next().unwrap().id,
        cidr: "10.0.1.0/24".parse().unwrap(),
        zone: ZoneChoice::Any,
        tags: Tags::new(),
    };
    let made = control.submit(caller, subnet).await.unwrap();
    let Reply::Subnet(subnet) = made.reply else {
        panic!("{:?}", made.reply)
    };
    let run = RunInstances {
        image: "image".to_owned(),
        instance_type: "type".to_owned(),
        key_name: None,
        min_count: 1,
        max_count: 1,
        network: LaunchNetwork::Subnet {
            subnet: Some(subnet),
            address: None,
            groups: Vec::new(),
            delete_on_termination: true,
        },
        user_data: Vec::new(),
        shutdown_behavior: ShutdownBehavior::Stop,
        metadata_options: None,
        tags: Tags::new(),
        interface_tags: Tags::new(),
        client_token: None,
    };
    let launched = control.submit(caller, run).await.unwrap();
    let instance = launched.after.tables().instances.iter().next().unwrap().id;
    fill(&control).await;
    // More than there is room for one that is no report.
    let observation = InstanceObservation::Failed("x".repeat(12_000));
    let report = InstanceObserved {
        instance,
        observation,
    };
    control.report(report).await.unwrap();
}
